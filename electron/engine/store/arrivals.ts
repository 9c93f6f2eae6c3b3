/**
 * Callbacks that arrive: as many as there is time for are applied in the very transaction that keeps them, and so are
 * those that still waited before them. Each row is then written once, with its outcome, and a commit serves both. What
 * takes long, or comes when there is no time, is kept as it came and waits for its effects.
 */
import { applyCallbacks, type ApplyTools, type ToApply } from '../callbacks/apply.ts'
import type { ApplyQueue } from './apply-queue.ts'
import { arrivedRows, callbackNews, insertCallback, type ArrivedTogether, type CallbackRow } from './callbacks.ts'
import type { Changes } from './changes.ts'

/** How long effects may hold up the acknowledgement of those that share their transaction, in milliseconds. */
const atOnceMs = 4
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

/** From now on whether the time is over that effects may take. */
const timeFromNow = (): (() => boolean) => {
  const end = performance.now() + atOnceMs
  return () => performance.now() > end
}

/**
 * Keeps bodies, with the effects of as many as there is time for. Must run in a transaction of its own.
 *
 * @param pause asked after each effect: whether to leave the rest for later
 * @throws whatever an effect throws: then nothing of it may stay, and {@link keepOnly} keeps them
 */
export function keepAndApply(
  tools: ApplyTools,
  changes: Changes,
  queue: ApplyQueue,
  arrived: ArrivedTogether,
  pause = timeFromNow(),
): Arrival {
  const rows = rowsOf(tools, changes, arrived)
  const waiting = queue.next()
  const applied = waiting.length === 0 ? 0 : applyCallbacks(tools, changes, shortOnes(waiting), { pause })
  const isNext = applied === queue.length && !pause()
  const count = isNext ? applyCallbacks(tools, changes, shortOnes(rows), { arriving: true, pause }) : 0
  const left = rows.slice(count)
  for (const row of left) insertCallback(tools.db, row, null)
  return { applied, left }
}
