/**
 * Callbacks that arrive: as many as there is time for are applied in the very transaction that keeps them, and so are
 * those that still waited before them. Each row is then written once, with its outcome, and a commit serves both. What
 * takes long, or comes when there is no time, is kept as it came and waits for its effects.
 */
import { applyCallbacks, type ApplyTools, type ToApply } from '../callbacks/apply.ts'
import type { ApplyQueue } from './apply-queue.ts'
import { arrivedRows, type ArrivedTogether } from './arrived.ts'
import { callbackNews, insertCallback, type CallbackRow } from './callbacks.ts'
import type { Changes } from './changes.ts'

/** How long effects of those that waited may hold up the acknowledgement of those that arrive, in milliseconds. */
const beforeMs = 4
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

const isShort = (one: ToApply): boolean => typeof one !== 'number' && one.raw.byteLength <= atOnceBytes

/** Those in front of the first that may take long: nothing overtakes it. */
function shortOnes<One extends ToApply>(all: readonly One[]): readonly One[] {
  const long = all.findIndex((one) => !isShort(one))
  return long < 0 ? all : all.slice(0, long)
}

const rowsOf = ({ db }: ApplyTools, changes: Changes, arrived: ArrivedTogether): CallbackRow[] =>
  arrivedRows(db, arrived, (row, outcome) => changes.callback(row.id, callbackNews(row, outcome)))

/** Keeps bodies and nothing more. */
export function keepOnly(tools: ApplyTools, changes: Changes, arrived: ArrivedTogether): Arrival {
  const left = rowsOf(tools, changes, arrived)
  for (const row of left) insertCallback(tools.db, row, null)
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
 * @throws whatever an effect throws: then nothing of it may stay, and {@link keepOnly} keeps them
 */
export function keepAndApply(
  tools: ApplyTools,
  changes: Changes,
  queue: ApplyQueue,
  arrived: ArrivedTogether,
  isOver = clock(),
): Arrival {
  const rows = rowsOf(tools, changes, arrived)
  const waiting = queue.next()
  const applied =
    waiting.length === 0 ? 0 : applyCallbacks(tools, changes, shortOnes(waiting), { pause: () => isOver(beforeMs) })
  const isNext = applied === queue.length && !isOver(atOnceMs)
  const how = { arriving: true, pause: () => isOver(atOnceMs) }
  const count = isNext ? applyCallbacks(tools, changes, shortOnes(rows), how) : 0
  const left = rows.slice(count)
  for (const row of left) insertCallback(tools.db, row, null)
  return { applied, left }
}
