/**
 * Callbacks that arrive: as many as there is time for are applied in the very transaction that keeps them, and so are
 * those that still waited before them. Each row is then written once, with its outcome, and a commit serves both. What
 * takes long, or comes when there is no time, is kept as it came and waits for its effects.
 */
import { AppError } from '#shared/contract/errors.ts'
import { applyCallbacks, type ApplyTools, type ToApply } from '../callbacks/apply.ts'
import type { ApplyQueue } from './apply-queue.ts'
import { burstCallbacks, type Burst } from './burst.ts'
import { arrivedRows, type ArrivedTogether } from './arrived.ts'
import { callbackBytes, callbackNews, insertWaitingCallbacks, type CallbackRow } from './callbacks.ts'
import { Changes } from './changes.ts'
import type { Database } from './database.ts'
import { indexMessages } from './messages.ts'

/** How long effects of those that waited may hold up the acknowledgement of those that arrive, in milliseconds. */
const beforeMs = 4
/** The same where too many wait: they must become fewer while more arrive. */
const behindMs = 25
/** Longest that they may then, where as many have to be applied as arrived, in milliseconds: requests stand behind it. */
const longestMs = 50
/** How many may wait at all. Beyond that nothing is taken: the platform sends again what was not acknowledged. */
const mostWaiting = 10 * burstCallbacks
/** How long all effects may, before what arrives is kept and no more: where many come, acknowledgements go first. */
const atOnceMs = 1.5
/** Longest body that is applied at once, in bytes: a list of people may take a second. */
const atOnceBytes = 16 * 1024

export interface Arrival {
  /** How many of those that waited were applied. */
  applied: number
  /** Those that arrived and wait now. */
  left: CallbackRow[]
}

const bytesOf = ({ db }: ApplyTools, one: ToApply): number =>
  typeof one === 'number' ? callbackBytes(db, one) : one.raw.byteLength

/** Those in front of the first that may take long: nothing overtakes it. */
function* shortOnes(tools: ApplyTools, all: readonly ToApply[]): Generator<ToApply> {
  for (const one of all) {
    if (bytesOf(tools, one) > atOnceBytes) return
    yield one
  }
}

const rowsOf = ({ db }: ApplyTools, changes: Changes, arrived: ArrivedTogether): CallbackRow[] =>
  arrivedRows(db, arrived, (row, outcome) => changes.callback(row.id, callbackNews(row, outcome)))

/** Keeps bodies and nothing more: also while so many come that effects have to follow later (burst.ts). */
export function keepOnly(tools: ApplyTools, changes: Changes, arrived: ArrivedTogether): Arrival {
  const left = rowsOf(tools, changes, arrived)
  insertWaitingCallbacks(tools.db, left)
  return { applied: 0, left }
}

/** Tells from now on whether so many milliseconds are over. */
const clock = (): ((ms: number) => boolean) => {
  const begun = performance.now()
  return (ms) => performance.now() - begun > ms
}

/**
 * Keeps bodies, with the effects of as many as there is time for. Must run in a transaction of its own.
 *
 * @param isOver asked after each: whether the time is over that effects may take, so that the rest is left for later
 * @param isBehind whether too many wait: then at least as many are applied as arrived
 * @throws whatever an effect throws: then nothing of it may stay, and {@link keepOnly} keeps them
 */
export function keepAndApply(
  tools: ApplyTools,
  changes: Changes,
  queue: ApplyQueue,
  arrived: ArrivedTogether,
  isOver = clock(),
  isBehind = false,
): Arrival {
  const rows = rowsOf(tools, changes, arrived)
  const waiting = queue.next()
  let passed = 0
  const pauseBefore = (): boolean => {
    passed += 1
    if (!isBehind) return isOver(beforeMs)
    return isOver(longestMs) || (passed >= rows.length && isOver(behindMs))
  }
  // Behind, nothing may stop it: neither what takes long, nor what is in the file alone.
  const before = isBehind ? waiting : shortOnes(tools, waiting)
  const applied = waiting.length === 0 ? 0 : applyCallbacks(tools, changes, before, { pause: pauseBefore })
  const isNext = applied === queue.length && !isOver(atOnceMs)
  const how = { arriving: true, pause: () => isOver(atOnceMs) }
  const count = isNext ? applyCallbacks(tools, changes, shortOnes(tools, rows), how) : 0
  const left = rows.slice(count)
  insertWaitingCallbacks(tools.db, left)
  return { applied, left }
}

export interface TakingIn {
  readonly tools: ApplyTools & { readonly db: Pick<Database, 'transaction'> }
  /** What waits for its effects, and takes what is left now. */
  readonly queue: ApplyQueue
  readonly burst: Burst
  /** Whether no effects are tried now. */
  readonly keepOnly: boolean
}

/**
 * Keeps bodies in a transaction of their own, whatever becomes of their effects.
 *
 * @returns what changed with it; null: nothing
 * @throws what keeps the file from being written; AppError storage-failed where too many wait already
 */
export function takeIn({ tools, queue, burst, ...how }: TakingIn, arrived: ArrivedTogether): Changes | null {
  const { db } = tools
  const count = arrived.ends.length
  if (queue.length + count > mostWaiting) {
    throw new AppError('storage-failed', { problem: `${queue.length} callbacks wait to be applied` })
  }
  const isBurst = burst.takes(count, arrived.raw.byteLength)
  if (!isBurst && !how.keepOnly) {
    const changes = new Changes()
    let arrival: Arrival | null = null
    try {
      arrival = db.transaction(() => {
        const kept = keepAndApply(tools, changes, queue, arrived, clock(), burst.isBehind)
        indexMessages(db, changes.added(), changes.written)
        return kept
      })
    } catch {
      // All of it is undone; the effects are tried again apart from what arrived.
    }
    // Outside of it: what is committed must not be kept a second time.
    if (arrival) {
      const { applied, left } = arrival
      burst.noteApplied(applied + count - left.length)
      burst.noteBeside(applied)
      if (applied > 0) queue.done(applied)
      queue.add(left)
      return changes
    }
  }
  const changes = new Changes()
  queue.add(db.transaction(() => keepOnly(tools, changes, arrived)).left)
  return changes.callbacksTouched.size > 0 ? changes : null
}
