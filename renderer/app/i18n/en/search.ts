import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/search.ts'

const search: Words<typeof zhCN> = {
  title: 'Search people, groups and messages',
  placeholder: 'Search people, groups, messages',
  results: 'Results',
  sections: {
    recent: 'Recent conversations',
    robots: 'Robots',
    people: 'Friends',
    groups: 'Groups',
    messages: 'Messages',
    places: 'Screens',
  },
  you: 'You: ',
  nothing: 'Nothing found for “{query}”',
  nothingText: 'Search by name, remark, phone, number, or any words of a message; one Chinese character is enough.',
  more: 'Look for earlier messages',
  allPeople: 'Show all friends found',
  allGroups: 'Show all groups found',
  move: 'choose',
  open: 'open',
  button: 'Search',
  everywhere: 'Look for “{query}” in all messages',
}
export default search
