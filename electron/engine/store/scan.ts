/**
 * Lists that are filtered by what no index knows. They are read from the newest on, in steps of ids, and stop
 * where the time that one request may take is over; the next goes on there. So a search through a million
 * bodies costs each request the same, and nobody behind it waits long.
 */
import { defaultLimit } from '#shared/contract/common.ts'
import type { Reading, SqlValue } from './database.ts'
import { idBefore, type Paging } from './paging.ts'

/** How long one request looks, in milliseconds. */
export const lookMs = 150
/** How many ids one step looks through. */
const stepRows = 2000

export interface Found<Item> {
  items: Item[]
  nextCursor: string | null
  /** Time of the oldest row looked at, where the look ended before the page was full; else null. */
  lookedBackTo: number | null
}

/**
 * Newest first through a table with ascending `id` and a column `at`.
 *
 * @param table name of the table, never from outside
 * @param conditions SQL with names of `values`
 * @param item makes the row what the contract gives
 */
export function scanBack<Row extends { id: number }, Item>(
  db: Reading,
  table: 'callbacks' | 'calls',
  query: Paging,
  conditions: readonly string[],
  values: Readonly<Record<string, SqlValue>>,
  item: (row: Row) => Item,
): Found<Item> {
  const limit = query.limit ?? defaultLimit
  const until = performance.now() + lookMs
  const found: Row[] = []
  const lowest = db.get<{ id: number | null }>(`SELECT min(id) AS id FROM ${table}`)?.id ?? null
  const highest = db.get<{ id: number | null }>(`SELECT max(id) AS id FROM ${table}`)?.id ?? null
  const page = (): Item[] => found.slice(0, limit).map(item)
  if (lowest === null || highest === null) return { items: [], nextCursor: null, lookedBackTo: null }
  let before = Math.min(idBefore(query.cursor), highest + 1)
  const where = ['id < @before', 'id >= @from', ...conditions].join(' AND ')
  while (before > lowest) {
    const from = before - stepRows
    const missing = limit + 1 - found.length
    found.push(
      ...db.all<Row>(`SELECT * FROM ${table} WHERE ${where} ORDER BY id DESC LIMIT @missing`, {
        ...values,
        before,
        from,
        missing,
      }),
    )
    if (found.length > limit) return { items: page(), nextCursor: String(found[limit - 1]?.id), lookedBackTo: null }
    before = from
    if (before > lowest && performance.now() > until) {
      const at = db.get<{ at: number }>(`SELECT at FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`, before)?.at ?? null
      return { items: page(), nextCursor: String(before), lookedBackTo: at }
    }
  }
  return { items: page(), nextCursor: null, lookedBackTo: null }
}
