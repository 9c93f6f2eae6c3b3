/** How the engine stands, for those who watch over it: whether callbacks can be kept, and numbers. No names, no secrets. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Notice } from '#shared/contract/entries/system.ts'
import type { CallbackListener } from '../callbacks/listener.ts'
import type { Notices } from '../notices.ts'
import { databaseName } from '../store/database-files.ts'
import type { Store } from '../store/store.ts'
import type { Health, Measures } from '../types.ts'
import { StoreProbe } from './store-probe.ts'
import type { Tally } from './tally.ts'

/**
 * How long callbacks that could not be kept count, in milliseconds, where the store writes again. Whoever sends no more
 * callbacks because of it would otherwise wait for ever for the one that clears it.
 */
const failureCountsMs = 60_000

interface Running {
  readonly store: Store
  readonly listener: CallbackListener
  readonly tally: Tally
}

export interface StandingOptions {
  readonly dataDir: string
  readonly notices: Notices
  running(): Running | null
  /** Why the data cannot be used, where it cannot. */
  rescue(): Notice | null
  isStopping(): boolean
}

const bytesOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )

export class Standing {
  readonly #options: StandingOptions
  readonly #probe = new StoreProbe()

  constructor(options: StandingOptions) {
    this.#options = options
  }

  /** Whether callbacks can be kept now. Never rejects. */
  async health(): Promise<Health> {
    const { notices } = this.#options
    if (this.#options.isStopping()) return { reason: 'stopping', code: null }
    const rescue = this.#options.rescue()
    if (rescue) return { reason: 'rescue', code: rescue.code }
    const running = this.#options.running()
    if (!running) return { reason: 'starting', code: null }
    const { store, listener } = running
    if (listener.port === null) return { reason: 'listener', code: notices.get('listener')?.code ?? null }
    const code = await this.#probe.ask(store)
    if (code !== null) return { reason: 'store', code }
    if (listener.failedAt !== null && performance.now() - listener.failedAt > failureCountsMs) listener.noteKept()
    const trouble = notices.get('damage') ?? notices.get('store')
    return trouble ? { reason: 'store', code: trouble.code } : { reason: null, code: null }
  }

  /** Numbers; null while there is no data to count. Rejects where the store cannot be read. */
  async measures(): Promise<Measures | null> {
    const running = this.#options.running()
    if (!running) return null
    const { store, listener, tally } = running
    const file = join(this.#options.dataDir, databaseName)
    const [stored, bytes, walBytes] = await Promise.all([
      store.read('measures.count'),
      bytesOf(file),
      bytesOf(`${file}-wal`),
    ])
    const { received, acknowledged, refused, lastAt } = listener.counts
    const lastCallbacks = stored.lastCallbacks.map(({ connectionId, at }) => ({
      connectionId,
      // The store hears of it when the watch looks next.
      at: Math.max(at ?? 0, lastAt.get(connectionId) ?? 0) || null,
    }))
    return {
      ...stored,
      lastCallbacks,
      received,
      acknowledged,
      refused,
      read: tally.callbacks,
      sent: tally.sends,
      databaseBytes: bytes,
      walBytes,
    }
  }
}
