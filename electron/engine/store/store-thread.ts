/** A store thread as the main thread sees it: what is asked of it goes over, what it answers and tells comes back. */
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AppError } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { Logger } from '../types.ts'
import type { Wake } from './lanes.ts'
import type { readerMethods } from './methods.ts'
import {
  joiningMethods,
  uncrossEvent,
  type Answered,
  type CrossedError,
  type Reply,
  type Request,
  type ThreadData,
} from './protocol.ts'

const uncross = (error: CrossedError): Error => {
  if (error.code) return new AppError(error.code, error.params)
  const plain = new Error(error.message)
  if (error.stack) plain.stack = error.stack
  return plain
}

/** How long a thread that has closed its database may take to end, in milliseconds. */
const exitPatienceMs = 2000

/** Room for what a thread has just made, in megabytes: left alone, V8 lets it grow threefold under load and keeps it. */
const youngMb = 24

/** A query that takes longer than this is logged by name, in milliseconds. */
const slowMs = 100

export interface ThreadListener {
  changed?(events: ContractEvent[]): void
  wake?(robots: Wake): void
  trouble?(error: Error | null): void
  backupProgress?(part: number): void
  walGrown?(): void
  damaged?(error: AppError): void
}

/** Methods that read files other than the database: what is damaged there is their answer. */
const foreign = ['backups.check', 'archives.adopt'] satisfies (keyof typeof readerMethods)[]
const isForeign = (method: string): boolean => (foreign as readonly string[]).includes(method)

/** Makes what was committed last; shared by all whose answers came together. */
type Flush = () => Promise<void>

interface Waiting {
  readonly method: string
  readonly begun: number
  readonly flush: Flush | undefined
  resolve(value: unknown): void
  reject(error: Error): void
}

export class StoreThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  /** Requests that go over together at the end of this turn of the loop. */
  #gathered: Request[] = []
  readonly #log: Logger
  readonly #listener: ThreadListener
  readonly ready: Promise<unknown>
  readonly #count = new Int32Array(new SharedArrayBuffer(4))
  #nextId = 1
  #ended: Error | null = null

  constructor(entry: URL, data: Omit<ThreadData, 'waiting'>, log: Logger, listener: ThreadListener = {}) {
    this.#log = log
    this.#listener = listener
    this.#worker = new Worker(entry, {
      workerData: { ...data, waiting: this.#count.buffer } satisfies ThreadData,
      resourceLimits: { maxYoungGenerationSizeMb: youngMb },
      name: `store ${data.role}`,
    })
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    this.ready = promise
    // Whoever waits for it hears of a refusal; where nobody does, each call fails by itself.
    promise.catch(() => undefined)
    this.#worker.on('message', (reply: Reply) => {
      if (reply.type === 'ready') resolve(undefined)
      else if (reply.type === 'refused') reject(uncross(reply.error))
      else this.#hear(reply)
    })
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))))
    this.#worker.on('exit', (code) => {
      this.#end(new AppError('storage-failed', { problem: `the store thread ended (${code})` }))
      reject(this.#ended ?? new Error('ended'))
    })
  }

  #hear(reply: Exclude<Reply, { type: 'ready' | 'refused' }>): void {
    switch (reply.type) {
      case 'answers':
        this.#answer(reply.answers)
        return
      case 'changed':
        this.#listener.changed?.(reply.events.map(uncrossEvent))
        return
      case 'wake':
        this.#listener.wake?.(reply.robots)
        return
      case 'trouble':
        this.#listener.trouble?.(reply.error && uncross(reply.error))
        if (reply.error) this.#noteDamage(uncross(reply.error))
        return
      case 'backup-progress':
        this.#listener.backupProgress?.(reply.part)
        return
      case 'wal-grown':
        this.#listener.walGrown?.()
        return
      case 'effect-failed':
        this.#log.error({ callbackId: reply.callbackId, stack: reply.error.stack }, 'a callback could not be applied')
        this.#noteDamage(uncross(reply.error))
        return
      case 'chore-failed':
        this.#log.error(
          { stack: reply.error.stack },
          'old rows could not go, or room could not be given back; it is tried again',
        )
        this.#noteDamage(uncross(reply.error))
        return
      case 'tell-failed':
        this.#log.error({ stack: reply.error.stack }, 'what changed could not be told')
        this.#noteDamage(uncross(reply.error))
    }
  }

  /** Gives each its answer; those who want it on the disk after a flush that all of them share. */
  #answer(answers: readonly Answered[]): void {
    const kept: (() => void)[] = []
    const waitingFor: Waiting[] = []
    let flush: Flush | undefined
    for (const answer of answers) {
      const waiting = this.#take(answer.id)
      if (!waiting) continue
      if ('error' in answer) {
        const error = uncross(answer.error)
        waiting.reject(error)
        if (!isForeign(waiting.method)) this.#noteDamage(error)
      } else if (waiting.flush) {
        flush = waiting.flush
        waitingFor.push(waiting)
        kept.push(() => waiting.resolve(answer.result))
      } else waiting.resolve(answer.result)
    }
    flush?.().then(
      () => {
        for (const resolve of kept) resolve()
      },
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error))
        for (const { reject } of waitingFor) reject(failure)
      },
    )
  }

  #noteDamage(error: Error): void {
    if (error instanceof AppError && error.code === 'data-damaged') this.#listener.damaged?.(error)
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (!waiting) return undefined
    this.#waiting.delete(id)
    const { method, begun } = waiting
    const durationMs = Math.round(performance.now() - begun)
    if (durationMs > slowMs && method !== 'checkpoint') this.#log.warn({ method, durationMs }, 'slow store call')
    return waiting
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  /**
   * Asks the thread.
   *
   * @param flush waited for before a result is given: what it says is then on the disk
   */
  call(method: string, input: unknown, flush?: Flush): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, begun: performance.now(), flush, resolve, reject })
      Atomics.add(this.#count, 0, 1)
      this.#gathered.push({ id, method, input })
      // What many robots ask for in one turn of the loop crosses as one; nothing overtakes it.
      if (!joiningMethods.has(method)) this.#post()
      else if (this.#gathered.length === 1) setImmediate(() => this.#post())
    })
  }

  #post(): void {
    const requests = this.#gathered
    if (requests.length === 0) return
    this.#gathered = []
    try {
      this.#worker.postMessage(requests)
    } catch (error) {
      this.#refuse(requests, error)
    }
  }

  /** What cannot cross is a fault of ours: whoever asked hears of it. */
  #refuse(requests: readonly Request[], error: unknown): void {
    Atomics.sub(this.#count, 0, requests.length)
    for (const { id } of requests) this.#take(id)?.reject(error instanceof Error ? error : new Error(String(error)))
  }

  /** Ends the thread after what was asked of it before. */
  async close(): Promise<void> {
    if (this.#ended) return
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    await this.call('close', undefined).catch(() => undefined)
    // It ends by itself, having closed its database: one that is ended from outside may be in the midst of native code.
    await Promise.race([exited, pause(exitPatienceMs, undefined, { ref: false })])
    await this.#worker.terminate()
  }
}
