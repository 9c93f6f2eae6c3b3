import { AppError } from '#shared/contract/errors.ts'
import { askForRestore } from '../backup/backups.ts'
import type { EntriesOf, Handlers } from './context.ts'

export const backupHandlers: Handlers<EntriesOf<'backups'> | 'system.backup' | 'system.salvage'> = {
  'system.backup': (_input, { backups }) => backups.make('manual'),

  'backups.list': async (_input, { backups }) => ({ items: await backups.list(), nextCursor: null }),

  'backups.check': ({ name }, { backups }) => backups.check(name),

  'backups.restore': async ({ name }, { backups, dataDir, restart }) => {
    const { damage } = await backups.check(name)
    if (damage !== null) throw new AppError('backup-damaged', { problem: damage })
    askForRestore(dataDir, name)
    restart()
    return {}
  },

  'backups.remove': async ({ name }, { backups }) => {
    await backups.remove(name)
    return {}
  },

  // The data can be read: there is nothing to salvage.
  'system.salvage': async () => {
    throw new AppError('not-allowed-now', { state: 'running' })
  },
}
