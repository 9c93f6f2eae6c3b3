import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/chat.ts'

const chat: Words<typeof zhCN> = {
  newer: 'Loading later messages',
  jump: {
    toDay: 'Go to a day',
    day: 'Day',
    go: 'Go',
    gone: 'This message is no longer in the history',
  },
}
export default chat
