/** The documents inside the application. */
export default {
  title: '帮助',
  documents: '文档',
  english: '英文',
  guide: '使用手册',
  administrator: '管理员手册',
  deploy: '常开的服务器',
  watch: '值守提醒',
  security: '安全',
  reliability: '可靠性',
  changelog: '版本记录',
  failed: '文档没有载入',
  failedText: '应用的文件可能不完整，或刚刚更新过。',
  again: '重试',
}
