/** What is said and done inside one conversation. */
export default {
  newer: '正在载入较新的消息',
  jump: {
    toDay: '跳到某一天',
    day: '日期',
    go: '前往',
    gone: '这条消息已不在记录中',
  },
}
