import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/help.ts'

const help: Words<typeof zhCN> = {
  title: 'Help',
  documents: 'Documents',
  english: 'English',
  guide: 'User guide',
  administrator: 'Administrator’s guide',
  deploy: 'An always-on server',
  watch: 'The watch',
  security: 'Security',
  reliability: 'Reliability',
  changelog: 'What changed',
  failed: 'The document could not be loaded',
  failedText: 'The application’s files may be incomplete, or it may just have been updated.',
  again: 'Try again',
}
export default help
