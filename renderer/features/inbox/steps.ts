/**
 * A list that keeps what is in view where it is must be told at which end it changed, and can take in one end at a
 * time. This parts a change at both ends into steps.
 */
import type { Row } from './rows.ts'

export interface View {
  rows: Row[]
  /** Rows were put before the first one, or taken from there: what is in view keeps its place from the end. */
  shift: boolean
}

/** @returns what to show one after another; the last is `now` */
export function stepsOf(before: readonly Row[], now: Row[]): View[] {
  const first = before[0]
  const last = before.at(-1)
  if (!first || !last || now[0]?.key === first.key) return [{ rows: now, shift: false }]
  if (now.at(-1)?.key === last.key) return [{ rows: now, shift: true }]
  const places = new Map(now.map((row, index) => [row.key, index]))
  const common = before.findIndex((row) => places.has(row.key))
  const shared = before[common]
  if (!shared) return [{ rows: now, shift: false }]
  const start = [...now.slice(0, places.get(shared.key)), ...before.slice(common)]
  return [
    { rows: start, shift: true },
    { rows: now, shift: false },
  ]
}

/** Keeps the row objects that say the same as before, so that only what changed is drawn again. */
export function keepRows(before: readonly Row[], now: readonly Row[]): Row[] {
  const known = new Map(before.map((row) => [row.key, row]))
  return now.map((row) => {
    const old = known.get(row.key)
    const same = old && (Object.keys(row) as (keyof Row)[]).every((name) => old[name] === row[name])
    return same ? old : row
  })
}
