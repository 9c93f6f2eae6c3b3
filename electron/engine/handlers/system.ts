import { join } from 'node:path'
import { folderBytes } from '../data-folder.ts'
import { pictureFolder } from '../pictures/files.ts'
import { databaseBytes } from '../store/room.ts'
import type { EntriesOf, Handlers } from './context.ts'

/** Without what was left out. */
const given = <Fields extends object>(fields: Fields): Partial<{ [Name in keyof Fields]: NonNullable<Fields[Name]> }> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never

export const systemHandlers: Handlers<
  EntriesOf<'settings'> | 'system.info' | 'system.storage' | 'system.report' | EntriesOf<'sandbox'>
> = {
  'settings.get': (_input, { store }) => store.read('settings.get'),

  'settings.set': async (input, { store, emit, settingsChanged, checkListener }) => {
    if (input.listener)
      await checkListener({ ...(await store.read('settings.get')).listener, ...given(input.listener) })
    await store.write('settings.set', input)
    const settings = await store.read('settings.get')
    await settingsChanged(settings)
    emit([{ event: 'settings.changed', data: settings }])
    return {}
  },

  'system.info': async (_input, { info }) => info(),

  'system.report': async (_input, { report, store }) => ({ files: await report(await store.read('settings.get')) }),

  'system.storage': async (_input, { store, dataDir, freeBytes }) => {
    const folders = ['media', 'backups', 'archives', pictureFolder].map((name) => folderBytes(join(dataDir, name)))
    const [others = 0, backupBytes = 0, archiveBytes = 0, own = 0] = await Promise.all(folders)
    const mediaBytes = others + own
    const held = await store.read('storage.sizes')
    const free = await freeBytes(dataDir)
    return { ...held, databaseBytes: databaseBytes(dataDir), mediaBytes, backupBytes, archiveBytes, freeBytes: free }
  },

  'sandbox.start': async (_input, { sandbox }) => ({ connectionId: String(await sandbox.start()) }),

  'sandbox.stop': async (_input, { sandbox }) => {
    await sandbox.stop()
    return {}
  },
}
