/**
 * Relays that were left: each is kept until what waits there for this host was fetched and nothing of its own is there any
 * more, whatever comes between: the server away, the host killed. Only an operator gives one up before.
 */
import { randomInt } from 'node:crypto'
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError, type Failure } from '#shared/contract/errors.ts'
import { secretsFor } from '#shared/contract/reach-secrets.ts'
import type { RelayLeaving } from '#shared/contract/relay-leaving.ts'
import type { Notices } from '../notices.ts'
import { endingIn } from '../in-time.ts'
import { leavingSecretPrefix, type LeavingRecord, type NewLeaving } from '../store/leavings.ts'
import { reachSecretPrefix } from '../store/reach.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import { failureOf, pauseBefore, usualPauses, type Pauses } from './keeper.ts'
import { placeOf } from './place.ts'
import { waitAwake } from './sleep.ts'
import type { Leave } from './way.ts'

export interface LeavingsOptions {
  readonly store: Store
  readonly vault: Vault
  readonly notices: Notices
  /** Whether a connection is there to fetch for. */
  isPresent(connectionId: number): boolean
  /** Leaves a relay. Resolves when nothing is left there to do. */
  leave(record: LeavingRecord, tools: Leave): Promise<void>
  /** What is left of a connection's is another. */
  changed(connectionId: number): void
  readonly log: Logger
  readonly pauses?: Pauses
}

type State = Pick<RelayLeaving, 'state' | 'waiting' | 'failure' | 'retryAt'>

interface Running {
  readonly record: LeavingRecord
  readonly end: AbortController
  state: State
  done: Promise<void>
}

/** Of a connection that is gone nothing can be lost: after so long without its server it is let be, in milliseconds. */
const patienceMs = 30 * 86_400_000
/** How long one may take to leave off, in milliseconds; then it is left to itself, so that whoever waits goes on. */
const endMs = 1000
/** So many failures in a row are told of. */
const tellAfter = 2

const noticeOf = (id: number): string => `leaving ${id}`

export class Leavings {
  readonly #options: LeavingsOptions
  readonly #running = new Map<number, Running>()
  /** Connections that are being removed, until they are gone: for them nothing more is fetched. */
  readonly #halted = new Set<number>()
  #isStarted = false
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: LeavingsOptions) {
    this.#options = options
  }

  items(): RelayLeaving[] {
    return [...this.#running.values()].map(({ record, state }) => {
      const { id, connectionId, settings, since } = record
      return {
        id: String(id),
        connectionId: String(connectionId),
        servers: settings.servers,
        name: settings.name,
        since,
        isFetched: this.#options.isPresent(connectionId),
        ...state,
      }
    })
  }

  /** One of a connection at a place that is chosen again. */
  at(connectionId: number, place: string): LeavingRecord | null {
    const found = [...this.#running.values()].find(
      ({ record }) => record.connectionId === connectionId && placeOf(record.settings, record.merchantNo) === place,
    )
    return found?.record ?? null
  }

  /**
   * What has to be written with whatever leaves a relay. Its secrets are taken along under a name of their own: those of
   * the connection may be others a moment later.
   */
  async prepare(connectionId: number, settings: SettingsOf<'relay'>, merchantNo: string): Promise<NewLeaving> {
    const { vault, log } = this.#options
    const id = randomInt(1, 2 ** 47)
    const secrets = await Promise.all(
      secretsFor(settings).map(async (secret) => {
        try {
          const text = await vault.get(`${reachSecretPrefix(connectionId)}${secret}`)
          const name = `${leavingSecretPrefix(id)}${secret}`
          return text === null ? [] : [{ name, sealed: vault.sealed(name, text) }]
        } catch (error) {
          // Without it nobody gets in there, and its keeper says so.
          log.warn({ err: error, secret }, 'a secret of a relay that is left cannot be read')
          return []
        }
      }),
    )
    return { id, connectionId, merchantNo, settings, since: Date.now(), secrets: secrets.flat() }
  }

  /** Begins with those that are written down, and ends those that no longer are. Resolves when the latter have ended. */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#refresh())
  }

  async #refresh(): Promise<void> {
    if (!this.#isStarted) return
    const records = await this.#options.store.read('leavings.list')
    const wanted = new Set(records.map(({ id }) => id))
    const gone = [...this.#running.values()].filter(({ record }) => !wanted.has(record.id))
    await Promise.all(gone.map((running) => this.#end(running)))
    for (const id of this.#halted) if (!this.#options.isPresent(id)) this.#halted.delete(id)
    const fresh = records.filter(({ id, connectionId }) => !this.#running.has(id) && !this.#halted.has(connectionId))
    for (const record of fresh) this.#begin(record)
    for (const id of new Set([...gone.map(({ record }) => record), ...fresh].map((record) => record.connectionId)))
      this.#tell(id)
  }

  /**
   * Removes a connection. What is fetched for one that is gone would be kept nowhere: it is left off before, and what
   * goes on after the next {@link refresh} fetches nothing.
   */
  async removing<Result>(connectionId: number, remove: () => Promise<Result>): Promise<Result> {
    this.#halted.add(connectionId)
    await this.#inTurn(async () => {
      const theirs = [...this.#running.values()].filter(({ record }) => record.connectionId === connectionId)
      await Promise.all(theirs.map((running) => this.#end(running)))
    })
    try {
      return await remove()
    } catch (error) {
      this.#halted.delete(connectionId)
      await this.refresh()
      throw error
    }
  }

  start(): Promise<void> {
    this.#isStarted = true
    return this.refresh()
  }

  /** They go on at the next start. */
  stop(): Promise<void> {
    this.#isStarted = false
    return this.#inTurn(async () => {
      await Promise.all([...this.#running.values()].map((running) => this.#end(running)))
    })
  }

  /** Leaves one to itself: what waits there is fetched no more. @throws AppError not-found */
  async giveUp(id: number): Promise<void> {
    if (!this.#running.has(id)) throw new AppError('not-found', { what: 'leaving' })
    await this.#options.store.write('leavings.end', id)
    await this.refresh()
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #end(running: Running): Promise<void> {
    const { id } = running.record
    running.end.abort()
    await running.done
    this.#running.delete(id)
    this.#options.notices.clear(noticeOf(id))
  }

  #begin(record: LeavingRecord): void {
    const state: State = { state: 'connecting', waiting: null, failure: null, retryAt: null }
    const running: Running = { record, end: new AbortController(), state, done: Promise.resolve() }
    this.#running.set(record.id, running)
    running.done = this.#run(running)
  }

  #become(running: Running, change: Partial<State>): void {
    if (running.end.signal.aborted) return
    const before = JSON.stringify(running.state)
    running.state = { ...running.state, ...change }
    if (JSON.stringify(running.state) !== before) this.#tell(running.record.connectionId)
  }

  #tell(connectionId: number): void {
    try {
      this.#options.changed(connectionId)
    } catch (error) {
      // It goes on, whatever becomes of those who are told.
      this.#options.log.error({ err: error }, 'how a relay is left could not be told')
    }
  }

  async #run(running: Running): Promise<void> {
    const { signal } = running.end
    for (let tries = 1; !signal.aborted; tries += 1) {
      const failure = await this.#once(running)
      if (signal.aborted) return
      // A refresh waits for this one's end.
      if (!failure) return void this.#takeOut(signal)
      const pauseMs = this.#pauseMs(tries, failure)
      this.#fail(running, failure, tries, pauseMs)
      await waitAwake(pauseMs, signal)
    }
  }

  #pauseMs(tries: number, { code }: Pick<Failure, 'code'>): number {
    return pauseBefore(tries, code, this.#options.pauses ?? usualPauses, Math.random())
  }

  /** Takes out what is done; again where the store cannot tell now what is. */
  async #takeOut(signal: AbortSignal): Promise<void> {
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        return await this.refresh()
      } catch (error) {
        this.#options.log.error({ err: error }, 'a relay that was left could not be taken off the list')
        await waitAwake(this.#pauseMs(tries, failureOf(error)), signal)
      }
    }
  }

  /** Lets one be that was tried for long enough. @returns whether nothing more is to be done */
  async #isLetBe({ id, connectionId, since }: LeavingRecord): Promise<boolean> {
    if (this.#options.isPresent(connectionId) || Date.now() - since <= patienceMs) return false
    try {
      await this.#options.store.write('leavings.end', id)
      return true
    } catch (error) {
      this.#options.log.error({ err: error }, 'a relay that was left could not be let be')
      return false
    }
  }

  #fail(running: Running, { code, params = {} }: Failure, tries: number, pauseMs: number): void {
    const { record } = running
    const server = record.settings.servers.join(', ')
    this.#options.log.warn({ code, params, pauseMs }, 'a relay that was left could not be cleared yet')
    if (tries >= tellAfter)
      this.#options.notices.raise(noticeOf(record.id), { code: 'relay-leaving', params: { server } })
    this.#become(running, { state: 'failed', failure: { code, params }, retryAt: Date.now() + pauseMs })
  }

  /** @returns why it could not be left; null when it is */
  async #once(running: Running): Promise<Failure | null> {
    const { store, vault, leave } = this.#options
    const { id } = running.record
    const { signal } = running.end
    this.#become(running, { state: 'connecting', retryAt: null })
    const left = (attempt: AbortSignal): Promise<void> =>
      leave(running.record, {
        signal: attempt,
        secret: (name) => vault.get(`${leavingSecretPrefix(id)}${name}`),
        waiting: (waiting) => this.#become(running, { state: 'fetching', waiting, failure: null }),
      })
    try {
      await endingIn(signal, endMs, left, { late: () => new Error('it does not leave off') })
      if (!signal.aborted) await store.write('leavings.end', id)
      return null
    } catch (error) {
      const isDone = !signal.aborted && (await this.#isLetBe(running.record))
      return isDone ? null : failureOf(error)
    }
  }
}
