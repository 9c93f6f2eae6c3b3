/**
 * What comes due by the clock: the ends of operations, conversations that return, messages for later,
 * log-ins that are tried again.
 */
import { Deadlines } from './deadlines.ts'
import type { Store } from './store/store.ts'
import type { Logger } from './types.ts'

export interface Timers {
  readonly operations: Deadlines
  readonly followUps: Deadlines
  readonly scheduled: Deadlines
  readonly relogins: Deadlines
}

/** @param heedClock asked first: whether the clock was set, so that times are not waited for in vain */
export const makeTimers = (store: Store, heedClock: () => Promise<void> | undefined, log: Logger): Timers => ({
  operations: new Deadlines({
    next: async () => (await store.read('operations.nextDeadline'))?.at ?? null,
    due: (now) => store.write('operations.expire', now),
    log,
  }),
  followUps: new Deadlines({
    next: () => store.read('conversations.nextFollowUp'),
    due: (now) => store.write('conversations.raise', now),
    log,
  }),
  scheduled: new Deadlines({
    next: () => store.read('scheduled.next'),
    due: (now) => store.write('scheduled.send', now),
    log,
  }),
  relogins: new Deadlines({
    next: async () => {
      await heedClock()
      return store.read('robots.nextRelogin')
    },
    due: (now) => store.write('robots.relogin', now),
    log,
  }),
})
