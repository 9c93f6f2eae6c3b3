/** Cursors of lists: the sort key of the last item given, as text. */
import { AppError } from '#shared/contract/errors.ts'
import { defaultLimit, type Page } from '#shared/contract/common.ts'

export interface Paging {
  limit?: number | undefined
  cursor?: string | undefined
}

/** Greater than every key, for a list from its beginning. */
const top = Number.MAX_SAFE_INTEGER

const numbersOf = (cursor: string, keys: number): number[] => {
  const numbers = cursor.split('.').map(Number)
  if (numbers.length !== keys || !numbers.every(Number.isSafeInteger)) {
    throw new AppError('invalid-input', { field: 'cursor', problem: 'not a cursor of this list' })
  }
  return numbers
}

/**
 * Reads a cursor made by {@link pageOf} for a list by id.
 *
 * @returns the id below which to go on; the greatest without a cursor
 * @throws AppError invalid-input when it is not one of ours
 */
export function idBefore(cursor: string | undefined): number {
  return cursor === undefined ? top : (numbersOf(cursor, 1)[0] ?? top)
}

/** The same for a list whose cursor is the number of items given so far. */
export function itemsBefore(cursor: string | undefined): number {
  return cursor === undefined ? 0 : Math.max(numbersOf(cursor, 1)[0] ?? 0, 0)
}

/** The same for a list by time, then id. */
export function timeAndIdBefore(cursor: string | undefined): { at: number; id: number } {
  if (cursor === undefined) return { at: top, id: top }
  const [at = top, id = top] = numbersOf(cursor, 2)
  return { at, id }
}

/** The same for a list by several numbers. @param first what stands before its first item */
export function numbersBefore<Numbers extends number[]>(cursor: string | undefined, first: [...Numbers]): Numbers {
  return cursor === undefined ? first : (numbersOf(cursor, first.length) as Numbers)
}

/** How many rows to ask for: one more than is given tells whether there is a next page. */
export const rowLimit = (paging: Paging): number => (paging.limit ?? defaultLimit) + 1

/**
 * Cuts rows to a page.
 *
 * @param rows at most {@link rowLimit} rows
 * @param key the sort key of a row
 * @param item makes the row what the contract gives
 */
export function pageOf<Row, Item>(
  rows: Row[],
  paging: Paging,
  key: (row: Row) => (string | number)[],
  item: (row: Row) => Item,
): Page<Item> {
  const limit = paging.limit ?? defaultLimit
  const more = rows.length > limit
  const given = more ? rows.slice(0, limit) : rows
  const last = given.at(-1)
  return { items: given.map(item), nextCursor: more && last ? key(last).join('.') : null }
}

/** Escapes what `LIKE … ESCAPE '\'` would take for a pattern. */
export const likePattern = (text: string): string => `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
