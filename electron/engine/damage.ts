/**
 * Damage of the database that shows while the engine runs: nothing more is acknowledged, and it starts anew without a
 * clean end, so that the file is read through and the screens offer the ways back (backup/rescue.ts).
 */
import type { AppError } from '#shared/contract/errors.ts'
import type { Notices } from './notices.ts'
import type { Store } from './store/store.ts'

/** How long a look that found nothing counts, in milliseconds: what only one query stumbles over must not start it anew for ever. */
const lookAgainMs = 3_600_000

/**
 * @param store the one that is open now; there is none where a new start found the data damaged
 * @returns what is to be told of damage that was found
 */
export function heedDamage(
  notices: Notices,
  store: () => Store | undefined,
  restart: () => Promise<void>,
): (error: AppError) => void {
  let lookedAt = -Infinity
  return (error) => {
    notices.raise('damage', error.failure)
    const open = store()
    if (!open || performance.now() - lookedAt < lookAgainMs) return
    lookedAt = performance.now()
    const found = (): void => {
      if (!store()) lookedAt = -Infinity
    }
    void open.doubt().then(restart, restart).then(found, found)
  }
}
