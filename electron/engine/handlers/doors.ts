import { AppError } from '#shared/contract/errors.ts'
import type { EntriesOf, Handlers } from './context.ts'

export const doorHandlers: Handlers<EntriesOf<'sessions'>> = {
  'sessions.list': async (_input, _context, { sessions }) => ({ items: sessions?.list() ?? [] }),

  'sessions.revoke': async ({ id }, _context, { sessions }) => {
    if (!(await sessions?.end(id))) throw new AppError('not-found', { what: 'session' })
    return {}
  },
}
