/** The record as JSON lines: one thing a line, its kind first; a task is followed by its calls and callbacks. */
import type { Page } from '#shared/contract/common.ts'
import type { Answer } from '#shared/contract/index.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call } from '@/bridge/index.ts'

export type RecordKind = 'operations' | 'calls' | 'callbacks'
export type RecordFilter = Readonly<Record<string, string | boolean>>

export interface ExportWork {
  readonly signal: AbortSignal
  /** Gets whole lines, in the order of the list. @param count how many things of the asked kind they hold */
  take(lines: string, count: number): void
}

interface Thing {
  id: string
  callIds?: string[]
  callbackIds?: string[]
}
const pageSize = 200
/** How many things are asked for at the same time. */
const together = 20

/** A task's own kind goes by the name of `task`: `kind` says what the line is. */
function lineOf(kind: string, thing: object): string {
  const own = 'kind' in thing ? { task: thing.kind } : {}
  return `${JSON.stringify({ kind, ...own, ...thing, ...(kind === 'operation' ? { kind } : {}) })}\n`
}

/** Calls and callbacks of an operation, as lines. @returns the lines, or why not */
async function belongings(operation: Thing): Promise<string> {
  const calls = await Promise.all((operation.callIds ?? []).map((id) => call('calls.get', { id })))
  const callbacks = await Promise.all((operation.callbackIds ?? []).map((id) => call('callbacks.get', { id })))
  // One that was pruned meanwhile is not there any more: that is no failure of the export.
  return [
    ...calls.map((answer) => (answer.ok ? lineOf('call', answer.result) : '')),
    ...callbacks.map((answer) => (answer.ok ? lineOf('callback', answer.result) : '')),
  ].join('')
}

async function linesOf(kind: RecordKind, things: readonly Thing[]): Promise<string> {
  if (kind !== 'operations') return things.map((thing) => lineOf(kind.slice(0, -1), thing)).join('')
  let lines = ''
  for (let from = 0; from < things.length; from += together) {
    const some = things.slice(from, from + together)
    const tails = await Promise.all(some.map(belongings))
    lines += some.map((thing, index) => lineOf('operation', thing) + tails[index]).join('')
  }
  return lines
}

/**
 * Reads the record page by page, under a filter or by ids.
 *
 * @returns why it ended early; null when all was read or the signal ended it
 */
export async function exportLines(
  kind: RecordKind,
  filter: RecordFilter,
  ids: readonly string[] | undefined,
  work: ExportWork,
): Promise<ContractError | null> {
  if (ids) {
    for (let from = 0; from < ids.length && !work.signal.aborted; from += together) {
      const some = ids.slice(from, from + together)
      const answers = await Promise.all(some.map((id) => call(`${kind}.get`, { id })))
      const things: Thing[] = []
      for (const answer of answers) {
        if (!answer.ok) return answer.error
        things.push(answer.result)
      }
      work.take(await linesOf(kind, things), things.length)
    }
    return null
  }
  let cursor: string | null = null
  do {
    const answer: Answer<Page<Thing>> = await call(`${kind}.list`, {
      ...filter,
      limit: pageSize,
      ...(cursor === null ? {} : { cursor }),
    })
    if (!answer.ok) return answer.error
    if (work.signal.aborted) return null
    work.take(await linesOf(kind, answer.result.items), answer.result.items.length)
    cursor = answer.result.nextCursor
  } while (cursor !== null && !work.signal.aborted)
  return null
}
