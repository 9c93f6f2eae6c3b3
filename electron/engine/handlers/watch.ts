import { AppError } from '#shared/contract/errors.ts'
import { testBody } from '../watch/body.ts'
import { webhookSecret } from '../watch/house.ts'
import { key, required, type EntriesOf, type Handlers } from './context.ts'

export const watchHandlers: Handlers<EntriesOf<'watch'>> = {
  'watch.get': (_input, { watch, connections }) => watch.watch.state(connections.all().map(({ id }) => id)),

  'watch.set': async ({ kinds, webhook }, { watch, vault }) => {
    const { settings } = watch.watch
    if (webhook) {
      if (webhook.secret !== undefined) await vault.put(webhookSecret, webhook.secret)
      else if ((await vault.get(webhookSecret)) === null) {
        throw new AppError('invalid-input', { field: 'webhook.secret', problem: 'is needed at first' })
      }
    }
    const url = webhook === undefined ? settings.url : (webhook?.url ?? null)
    const given = Object.entries(kinds ?? {}).filter(([, on]) => on !== undefined)
    await watch.watch.change({ kinds: { ...settings.kinds, ...Object.fromEntries(given) }, url })
    watch.webhook.wake()
    return {}
  },

  'watch.alarms': (paging, { store }) => store.read('watch.alarms', paging),

  'watch.seen': async ({ ids }, { store, emit }) => {
    await store.write('watch.see', ids.map(key))
    emit([{ event: 'watch.changed', data: { alarms: await store.read('watch.open') } }])
    return {}
  },

  'watch.test': async (_input, { store, watch }) => {
    const target = required(await watch.target(), 'webhook')
    const now = Date.now()
    const id = await store.write('watch.queueDelivery', { alarmId: null, phase: 'test', body: testBody(), now })
    const row = required(await store.read('watch.delivery', id), 'delivery')
    return required(await watch.webhook.test(row, target), 'delivery')
  },

  'watch.deliveries': (paging, { store }) => store.read('watch.deliveries', paging),
}
