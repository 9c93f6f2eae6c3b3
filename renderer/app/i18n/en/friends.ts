import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/friends.ts'

const friends: Words<typeof zhCN> = {
  title: 'Friends',
  search: 'Name, remark, phone, number',
  name: 'Name',
  remark: 'Remark',
  phone: 'Phone',
  number: 'Number',
  state: 'State',
  gone: 'Not in the list since {time}',
  openWith: 'Open the conversation with {name}',
  refreshed: 'The friend list is up to date',
  empty: 'No friends yet',
  emptyText: 'Ask the platform for this robot’s friend list, or add somebody by phone number.',
  fetch: 'Get the friend list',
  add: 'Add friend',
  addTitle: 'Add a friend',
  addAs: 'Asked by “{name}”',
  phoneHint: 'The person’s phone number, 11 characters at most',
  send: 'Send the request',
  added: 'A friend now',
  addedText: 'The request is out and waits for the person.',
}
export default friends
