export default {
  title: '换到另一台机器',
  about: '把全部数据（连接、密钥、聊天记录、设置）导出为一个加密文件，在另一台机器上导入。',
  export: '导出全部数据',
  import: '导入归档文件',
  exportText: '文件里有私钥和客户的消息，只有这个口令能打开。忘记口令就无法找回；请与文件分开保存。',
  importText: '文件会先成为一份备份，现在的数据不变。之后在上面的备份列表里恢复它，那时会先说明会失去什么。',
  passphrase: '归档口令',
  file: '归档文件（.switchboard）',
  fileNeeded: '请选择文件',
  steps: {
    making: '正在备份并加密',
    saving: '正在保存，{percent}%',
    reading: '正在读取文件，{percent}%',
    opening: '正在解密并检查',
  },
  exported: '已导出，并交给浏览器保存。文件也在主机上：{path}',
  imported: '已加入备份列表。要使用它，请在上面的备份列表里恢复“来自归档文件”的那一份。',
}
