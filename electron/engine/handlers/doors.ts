import { AppError } from '#shared/contract/errors.ts'
import type { EntriesOf, Handlers } from './context.ts'

export const doorHandlers: Handlers<EntriesOf<'sessions'> | EntriesOf<'lock'>> = {
  'lock.get': async (_input, { lock, store }, { seat, touchId }) => {
    const { language, theme, density } = await store.read('settings.get')
    return {
      isSet: lock.isSet,
      isLocked: lock.isClosed(seat),
      touchId: touchId?.isAvailable() ?? false,
      waitMs: lock.waitMs,
      look: { language, theme, density },
    }
  },

  'lock.set': async ({ current, next }, { lock }, { seat }) => {
    await lock.set(seat, current, next)
    return {}
  },

  'lock.close': async (_input, { lock }, { seat }) => {
    lock.close(seat)
    return {}
  },

  'lock.touch': async (_input, { lock }, { seat }) => {
    lock.touch(seat)
    return {}
  },

  'lock.open': async (input, { lock }, { seat, touchId, locale }) => {
    if ('passphrase' in input) {
      await lock.open(seat, input.passphrase)
      return {}
    }
    if (!touchId?.isAvailable()) throw new AppError('not-available', { what: 'Touch ID' })
    if (!lock.isSet) throw new AppError('lock-not-set')
    if (!(await touchId.recognise(locale))) throw new AppError('wrong-passphrase')
    lock.openBySystem(seat)
    return {}
  },

  'sessions.list': async (_input, _context, { sessions }) => ({ items: sessions?.list() ?? [] }),

  'sessions.revoke': async ({ id }, _context, { sessions }) => {
    if (!(await sessions?.end(id))) throw new AppError('not-found', { what: 'session' })
    return {}
  },
}
