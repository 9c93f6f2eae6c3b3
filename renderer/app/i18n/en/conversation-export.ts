import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/conversation-export.ts'

const conversationExport: Words<typeof zhCN> = {
  menu: 'Export as a file…',
  title: 'Export a conversation',
  format: 'Format',
  formats: { text: 'Text', csv: 'CSV', json: 'JSON', html: 'Web page' },
  about: {
    text: 'One message a line, for any editor.',
    csv: 'For a spreadsheet; what looks like a formula is kept as text.',
    json: 'For programs: each message with its number and its time in milliseconds.',
    html: 'For a browser; it loads nothing from outside, pictures are listed as links.',
  },
}
export default conversationExport
