export default {
  menu: '导出为文件…',
  title: '导出会话',
  format: '格式',
  formats: { text: '文本', csv: 'CSV', json: 'JSON', html: '网页' },
  about: {
    text: '一行一条消息，任何编辑器都能打开。',
    csv: '表格程序可以打开；看起来像公式的内容会按文字处理。',
    json: '供程序读取，每条消息带编号和毫秒时间。',
    html: '浏览器可以打开，不加载任何外部内容；图片只列出链接。',
  },
}
