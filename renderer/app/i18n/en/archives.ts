import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/archives.ts'

const archives: Words<typeof zhCN> = {
  title: 'To another machine',
  about:
    'Takes everything (connections, keys, history, settings) out as one encrypted file, and in on another machine.',
  export: 'Export everything',
  import: 'Import an archive',
  exportText:
    'The file holds private keys and the messages of customers; only this passphrase opens it. Once forgotten, nothing brings it back: keep it apart from the file.',
  importText:
    'What is in the file becomes a backup first, and the present data stays. Restore it from the list of backups then; what would be lost is said before.',
  passphrase: 'Passphrase of the archive',
  file: 'Archive (.switchboard)',
  choose: 'Choose a file…',
  noneChosen: 'None chosen yet',
  fileNeeded: 'Choose a file',
  steps: {
    making: 'Copying and encrypting',
    saving: 'Saving, {percent} %',
    reading: 'Reading the file, {percent} %',
    opening: 'Decrypting and checking',
  },
  exported: 'Exported, and given to the browser to save. It also lies on the host: {path}',
  imported: 'It is among the backups now. To use it, restore the one “From an archive” in the list of backups.',
}
export default archives
