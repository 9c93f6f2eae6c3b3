/** The application lock over the store, guarding the seats that nobody touches. */
import type { Store } from '../store/store.ts'
import { AppLock } from './lock.ts'

interface LockOptions {
  readonly store: Store
  /** Forgets the passphrase. */
  readonly remove: boolean
  /** Minutes without a touch after which a seat closes; 0: never. */
  minutes(): number
  changed(): void
}

export async function openLock({ store, remove, minutes, changed }: LockOptions): Promise<AppLock> {
  const lock = new AppLock(
    {
      read: () => store.read('values.get', '.lock'),
      write: (value) => store.write('values.set', { name: '.lock', value }),
    },
    changed,
  )
  await lock.load(remove)
  lock.guard(minutes)
  return lock
}
