/** The quiet time after the last kill: everything is delivered, everything goes out, every doubt is settled. */
import { setTimeout as pause } from 'node:timers/promises'
import type { OperationState } from '#shared/contract/entries/record.ts'
import type { EntryResult } from '#shared/contract/index.ts'
import type { Host } from './host.ts'
import type { Ledger } from './ledger.ts'
import type { Load } from './load.ts'

type Operation = EntryResult<'operations.list'>['items'][number]

const patienceMs = 120_000

/** All sends in a state. */
async function sendsIn(host: Host, state: OperationState): Promise<Operation[]> {
  const all: Operation[] = []
  for (let cursor: string | undefined; ;) {
    const more = cursor === undefined ? {} : { cursor }
    const page = await host.api('operations.list', { kind: 'send', state, limit: 500, ...more })
    all.push(...page.items)
    if (page.nextCursor === null) return all
    cursor = page.nextCursor
  }
}

/** Notes which messages are in doubt now. */
export async function noteDoubts(host: Host, ledger: Ledger): Promise<void> {
  for (const { messageId } of await sendsIn(host, 'unknown')) if (messageId) ledger.doubted.add(messageId)
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await pause(20)
  }
}

const isEmpty = async (host: Host, state: OperationState): Promise<boolean> =>
  (await host.api('operations.list', { kind: 'send', state, limit: 1 })).items.length === 0

/** Everything that waits was delivered, written, sent, and applied. */
const calm = (host: Host, load: Load): Promise<void> =>
  until('everything to come to rest', async () => {
    if (!load.isIdle || !(await isEmpty(host, 'queued')) || !(await isEmpty(host, 'sending'))) return false
    const pending = await host.api('callbacks.list', { state: 'pending', limit: 1 })
    return pending.items.length === 0 && load.isIdle
  })

/**
 * Brings everything to rest. The operator asks the customer about each message in doubt that no echo settles: what the
 * platform has arrived, what it has not goes again.
 */
export async function settleAll(host: Host, load: Load, ledger: Ledger): Promise<void> {
  // A message that is sent again is so by another operation; the first one stays as it ended.
  const decided = new Set<string>()
  for (;;) {
    await calm(host, load)
    await noteDoubts(host, ledger)
    const byId = new Map([...ledger.written.values()].map((written) => [written.messageId, written]))
    const open = (await sendsIn(host, 'unknown')).flatMap(({ id, messageId }) => {
      const written = byId.get(messageId)
      if (decided.has(id) || !written || messageId === null) return []
      decided.add(id)
      return [{ messageId, written }]
    })
    if (open.length === 0) return
    for (const { messageId, written } of open) {
      const arrived = ledger.received.has(written.text)
      ledger.decided.add(messageId)
      if (!arrived) written.resent += 1
      await host.api('messages.settle', { messageId, as: arrived ? 'arrived' : 'resend' })
    }
  }
}
