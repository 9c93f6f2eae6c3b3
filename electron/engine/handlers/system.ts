import type { EntriesOf, Handlers } from './context.ts'

export const systemHandlers: Handlers<EntriesOf<'settings'> | 'system.info' | EntriesOf<'sandbox'>> = {
  'settings.get': (_input, { store }) => store.read('settings.get'),

  'settings.set': async (input, { store, emit, settingsChanged }) => {
    await store.write('settings.set', input)
    const settings = await store.read('settings.get')
    await settingsChanged(settings)
    emit([{ event: 'settings.changed', data: settings }])
    return {}
  },

  'system.info': async (_input, { info }) => info(),

  'sandbox.start': async (_input, { sandbox }) => ({ connectionId: String(await sandbox.start()) }),

  'sandbox.stop': async (_input, { sandbox }) => {
    await sandbox.stop()
    return {}
  },
}
