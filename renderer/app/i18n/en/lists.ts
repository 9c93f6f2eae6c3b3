import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/lists.ts'

const lists: Words<typeof zhCN> = {
  news: '{n} new entry, show it | {n} new entries, show them',
  lookedBackTo: 'Looked back to {time}',
  lookFurther: 'Look further back',
  loadingMore: 'Loading more',
  moreFailed: 'More could not be loaded',
  optional: 'optional',
  robotOf: 'Robot',
  pickRobot: 'Choose a robot first',
  refreshing: 'Asking the platform, {done} of {all} robots answered',
  refreshedBut: 'It did not work for {n} robot | It did not work for {n} robots',
  noRobots: 'No robots yet',
  noRobotsText: 'Friends and groups belong to a robot. Add one first and log it in.',
  toRobots: 'Add a robot',
  openConversation: 'Open the conversation',
  toTask: 'Show the task',
  required: 'Needed',
  milliseconds: '{ms} ms',
  seconds: '{s} s',
  minutes: '{m} min',
  hours: '{h} h',
  tooLong: '{n} characters at most',
}
export default lists
