import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/backups.ts'

const backups: Words<typeof zhCN> = {
  title: 'Backups',
  about:
    'Made while the application runs, and read through afterwards. A backup holds all messages; keys in it stay sealed, and also need the key file, the passphrase or the system’s key store.',
  daily: 'Each day',
  dailyOptions: { on: 'On', off: 'Off' },
  keep: 'Automatic ones kept',
  now: 'Back up now',
  making: 'Backing up, {percent} %',
  checking: 'Checking',
  made: 'The backup is made and was found whole',
  reasons: {
    manual: 'By hand',
    daily: 'Daily',
    migration: 'Before an update',
    restore: 'Data before a restore',
    salvage: 'Damaged data before a salvage',
    import: 'From an archive',
  },
  states: { good: 'Whole', damaged: 'Damaged', kept: 'Kept as it was', unchecked: 'Not checked' },
  empty: 'No backup yet. The first is made a minute after the start.',
  none: 'There is no backup.',
  restore: 'Restore…',
  remove: 'Delete',
  removeTitle: 'Delete this backup?',
  removeText: '{what} ({when}) is deleted from the disk.',
  dialog: {
    title: 'Restore a backup',
    holds: 'This backup holds',
    holdings: '{robots} robots, {conversations} conversations, {messages} messages',
    newest: 'Newest message: {when}',
    lost: 'What will be lost',
    nothingLost: 'Nothing came after it',
    lostCounts: '{messages} messages, {callbacks} callbacks and {operations} tasks that came after it',
    lostUnknown: 'Everything that came after it (the present data cannot be read, so it cannot be counted)',
    then: 'The present data is kept in the list of backups, so you can go back. Messages that waited in the backup are not sent by themselves, since they may have been sent after it; decide about each.',
    damaged: 'This backup is damaged: {problem}',
    go: 'Restore this backup',
    restarting: 'Restoring; the interface opens again by itself',
  },
  rescue: {
    title: 'The database cannot be used',
    since:
      'Found {when}. No callback is taken meanwhile, so that nothing is lost; the platform sends them again. The file is as it was.',
    otherTitle: 'The engine cannot start',
    restore: 'Restore a backup',
    salvage: 'Salvage what can be read',
    salvageText:
      'Reads everything that can still be read into a new database; the damaged file stays in the list of backups. It may take minutes.',
    salvageGo: 'Salvage',
    salvageTitle: 'Salvage the data?',
    salvageAsk:
      'Where a whole backup exists, restoring it is usually better. A salvage also brings what came after the backup, but lacks what stood in the damaged places.',
    working: 'At work; the interface opens again by itself',
  },
}
export default backups
