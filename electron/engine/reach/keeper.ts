/** Keeps one way open: opens it, and again whenever it ends, with pauses that grow. */
import type { ReachState } from '#shared/contract/entries/reach.ts'
import { AppError, type ErrorCode, type Failure } from '#shared/contract/errors.ts'
import { endingIn, inTime } from '../in-time.ts'
import type { Logger } from '../types.ts'
import { waitAwake } from './sleep.ts'
import type { OpenWay, Way } from './way.ts'

/** Failures that another try does not mend: the operator has to change something first. */
const finals: ReadonlySet<ErrorCode> = new Set([
  'reach-host-key',
  'reach-secret-missing',
  'reach-secret-unreadable',
  'relay-secret-unreadable',
  'reach-sdk-absent',
  'vault-locked',
])
/** Failures that more tries may make worse: servers shut out whoever guesses. */
const slows: ReadonlySet<ErrorCode> = new Set(['reach-refused', 'reach-service'])

export const isFinal = (code: ErrorCode): boolean => finals.has(code)

/** Pauses between tries, in milliseconds. */
export interface Pauses {
  readonly firstMs: number
  readonly longestMs: number
  /** At least so long after what is in `slows`. */
  readonly slowMs: number
  /** A way that lasted so long begins again with the first pause. */
  readonly steadyMs: number
}
export const usualPauses: Pauses = { firstMs: 1000, longestMs: 60_000, slowMs: 30_000, steadyMs: 30_000 }
/** How long a way may take to be taken down, in milliseconds; then it is left to itself, so that a stop has an end. */
const usualEndMs = 5000

/**
 * The pause before a try: doubled each time, and anything between half of it and the whole, so that many machines that
 * lost one server do not come back together.
 *
 * @param tries how many failed in a row, 1 or more
 * @param dice a number from 0 to 1
 */
export function pauseBefore(tries: number, code: ErrorCode, pauses: Pauses, dice: number): number {
  const grown = Math.min(pauses.firstMs * 2 ** Math.min(tries - 1, 20), pauses.longestMs)
  return Math.round((slows.has(code) ? Math.max(grown, pauses.slowMs) : grown) * (0.5 + dice / 2))
}

export interface KeeperOptions {
  readonly way: Way
  /** The address that is known before it is open: one that is set, or the last one. */
  readonly publicUrl: string | null
  /** Told of each new state. `tries`: how many failed in a row. */
  changed(state: ReachState, tries: number): void
  readonly pauses?: Pauses
  readonly endMs?: number
  readonly log: Logger
}

/** What is told of an error. */
export const failureOf = (error: unknown): Failure =>
  error instanceof AppError ? error.failure : { code: 'reach-lost', params: { problem: String(error) } }

export class Keeper {
  readonly #options: KeeperOptions
  readonly #end = new AbortController()
  #now = new AbortController()
  #state: ReachState
  #running: Promise<void> = Promise.resolve()
  #tries = 0

  constructor(options: KeeperOptions) {
    this.#options = options
    const { publicUrl } = options
    this.#state = { state: 'connecting', since: Date.now(), publicUrl, failure: null, retryAt: null }
  }

  get #endMs(): number {
    return this.#options.endMs ?? usualEndMs
  }

  get state(): ReachState {
    return this.#state
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Tries again now, where it waits. */
  retry(): void {
    this.#now.abort()
  }

  /** Ends it for good and takes the way down. */
  async stop(): Promise<void> {
    this.#end.abort()
    this.#now.abort()
    await this.#running
  }

  #become(change: Partial<ReachState>): void {
    if (this.#end.signal.aborted) return
    const since = change.state === this.#state.state ? this.#state.since : Date.now()
    this.#state = { ...this.#state, ...change, since }
    try {
      this.#options.changed(this.#state, this.#tries)
    } catch (error) {
      // The way goes on, whatever becomes of those who are told.
      this.#options.log.error({ err: error }, 'the state of a way in could not be told')
    }
  }

  async #run(): Promise<void> {
    const ended = this.#end.signal
    while (!ended.aborted) {
      this.#become({ state: 'connecting', retryAt: null })
      const failure = await this.#once(ended)
      if (ended.aborted) return
      this.#tries += 1
      const { firstMs, ...rest } = this.#options.pauses ?? usualPauses
      const pauseMs = isFinal(failure.code)
        ? null
        : pauseBefore(this.#tries, failure.code, { firstMs, ...rest }, Math.random())
      this.#options.log.warn({ code: failure.code, params: failure.params, pauseMs }, 'a way in does not lead here')
      const { code, params = {} } = failure
      this.#now = new AbortController()
      this.#become({
        state: 'failed',
        failure: { code, params },
        retryAt: pauseMs === null ? null : Date.now() + pauseMs,
      })
      await this.#pause(pauseMs)
    }
  }

  /** Opens it and waits for its end. @returns why it is not open */
  async #once(ended: AbortSignal): Promise<Failure> {
    // Each try has a signal of its own: what listens to it goes with the try, and is not kept as long as the way is wanted.
    const attempt = new AbortController()
    const abort = (): void => attempt.abort()
    ended.addEventListener('abort', abort, { once: true })
    if (ended.aborted) abort()
    try {
      return await this.#try(attempt.signal)
    } finally {
      ended.removeEventListener('abort', abort)
    }
  }

  async #try(ended: AbortSignal): Promise<Failure> {
    let open: OpenWay
    try {
      // One that goes on opening long after it is unwanted is closed when it is open.
      open = await endingIn(ended, this.#endMs, () => this.#options.way.open(ended), {
        late: () => new Error('it does not open'),
        tooLate: (late) => this.#close(late),
      })
    } catch (error) {
      return failureOf(error)
    }
    const openedAt = performance.now()
    const isUnwanted = new Promise<null>((resolve) => {
      if (ended.aborted) resolve(null)
      ended.addEventListener('abort', () => resolve(null), { once: true })
    })
    // Not before it has lasted: one that breaks at once each time is pausing longer and longer.
    const { steadyMs } = this.#options.pauses ?? usualPauses
    this.#become({ state: 'up', publicUrl: open.publicUrl, failure: null })
    const error = await Promise.race([open.ended, isUnwanted])
    if (performance.now() - openedAt >= steadyMs) this.#tries = 0
    await this.#close(open)
    return failureOf(error)
  }

  async #close(open: OpenWay): Promise<void> {
    const late = (): Error => new Error('it does not end')
    try {
      await inTime(open.close(), { ms: this.#endMs, late })
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a way in was left to itself')
    }
  }

  /** @param ms null: until somebody asks for another try */
  async #pause(ms: number | null): Promise<void> {
    const { signal } = this.#now
    if (this.#end.signal.aborted) return
    if (ms === null) {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    } else {
      await waitAwake(ms, signal)
    }
  }
}
