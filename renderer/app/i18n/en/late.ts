import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/late.ts'

const late: Words<typeof zhCN> = {
  title: 'Held back',
  bar: '{n} reply waited longer than {minutes} minutes and was not sent: decide about it | {n} replies waited longer than {minutes} minutes and were not sent: decide about them',
  count: '{n} held back',
  look: 'Look at them',
  why: 'They waited longer than {minutes} minutes because the robot, the network or Switchboard was away. What they say may no longer fit, so they did not go out by themselves.',
  here: '{n} reply here waited too long and was not sent. What follows it waits too. | {n} replies here waited too long and were not sent. What follows them waits too.',
  send: 'Send',
  drop: 'Drop',
  sendAll: 'Send all',
  dropAll: 'Drop all',
  sendWhat: 'Send the reply to {name}',
  dropWhat: 'Drop the reply to {name}',
  note: 'Waited too long, not sent',
  written: 'Written',
  text: 'Text',
  choice: 'Decide',
  picture: 'Picture',
  empty: 'Nothing is held back',
  emptyText: 'Replies that could only go after more than {minutes} minutes are listed here for you to decide.',
  emptyOff: 'The setting says that they go however late.',
  dropTitle: 'Drop {n} reply? | Drop {n} replies?',
  dropText: 'They are not sent, and stay in their conversations as cancelled.',
  setting: {
    title: 'Late replies',
    about:
      'Replies that waited too long because the robot, the network or Switchboard was away are shown to you before they go. Waiting for the pace or for quiet hours does not count.',
    after: 'Longer than',
    minutes: '{n} min',
    hours: '{n} h',
    never: 'Send however late',
  },
}
export default late
