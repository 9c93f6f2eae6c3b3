/**
 * The store as the engine uses it: one writing thread, one reading for the screens, one for what takes long, and one
 * that checkpoints.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AppError } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { together, type ArrivedCallback } from './arrived.ts'
import type { Logger } from '../types.ts'
import { databaseName } from './database-files.ts'
import { openFlush } from './flush.ts'
import { longReads, type ReaderCall, type readerMethods, type WriterCall } from './methods.ts'
import type { Wake } from './lanes.ts'
import { uncrossEvent, type CrossedError, type Reply, type ThreadData } from './protocol.ts'

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

interface ThreadListener {
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

class StoreThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, { method: string; resolve(value: unknown): void; reject(error: Error): void }>()
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
        return
      case 'result':
        this.#take(reply.id)?.resolve(reply.result)
        return
      case 'error': {
        const error = uncross(reply.error)
        const call = this.#take(reply.id)
        call?.reject(error)
        if (call && !isForeign(call.method)) this.#noteDamage(error)
      }
    }
  }

  #noteDamage(error: Error): void {
    if (error instanceof AppError && error.code === 'data-damaged') this.#listener.damaged?.(error)
  }

  #take(id: number) {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  call(method: string, input: unknown): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { method, resolve, reject })
    const begun = performance.now()
    Atomics.add(this.#count, 0, 1)
    this.#worker.postMessage({ id, method, input })
    return promise.finally(() => {
      const durationMs = Math.round(performance.now() - begun)
      if (durationMs > slowMs && method !== 'checkpoint') this.#log.warn({ method, durationMs }, 'slow store call')
    })
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

export interface StoreListener {
  changed(events: ContractEvent[]): void
  /** Robots whose outbox may have something to do. */
  wake(robots: Wake): void
  trouble(error: Error | null): void
  /** How much of a backup that is being made is done, of 1. */
  backupProgress?(part: number): void
  /** The database turned out to be damaged. */
  damaged?(error: AppError): void
}

export interface Store {
  write: WriterCall
  read: ReaderCall
  /** Keeps callbacks as they came, durably, and applies them then or soon. */
  keep(arrived: readonly ArrivedCallback[]): Promise<void>
  /** Copies the database into a new file while everything goes on. @throws AppError disk-full, storage-failed */
  backup(to: string): Promise<void>
  /** From now on its end will not count as a clean one: the next start reads the file through. */
  doubt(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the store.
 *
 * @param entry the thread's entry, source or bundle
 * @throws AppError data-in-use, data-damaged, data-folder, data-newer, disk-full, storage-failed
 */
export async function openStore(entry: URL, dataDir: string, logger: Logger, listener: StoreListener): Promise<Store> {
  let checkpointer: StoreThread | null = null
  let closing = false
  const checkpoint = async (): Promise<void> => {
    if (closing) return
    checkpointer ??= new StoreThread(entry, { role: 'checkpointer', dataDir }, logger)
    // The second takes what was written during the first, and the writer itself the little that is left.
    await checkpointer.call('checkpoint', undefined)
    await checkpointer.call('checkpoint', undefined)
    await writer.call('checkpoint', undefined)
  }
  const writer = new StoreThread(entry, { role: 'writer', dataDir }, logger, {
    ...listener,
    walGrown: () => {
      checkpoint().catch((error: unknown) => {
        if (!closing) logger.warn({ err: error }, 'no checkpoint; the writer makes its own when it has to')
      })
    },
  })
  // The writer first: it makes and migrates the file that the readers open.
  await writer.ready
  const log = await openFlush(join(dataDir, `${databaseName}-wal`), async () => {
    await writer.call('checkpoint-all', undefined)
  })
  const heard: ThreadListener = { damaged: (error) => listener.damaged?.(error) }
  const reader = new StoreThread(entry, { role: 'reader', dataDir }, logger, heard)
  await reader.ready
  let longReader: StoreThread | null = null
  const readerFor = (name: string): StoreThread => {
    if (!(longReads as readonly string[]).includes(name)) return reader
    longReader ??= new StoreThread(entry, { role: 'reader', dataDir }, logger, heard)
    return longReader
  }
  // Whoever waits for a write is told when it is on the disk.
  const write = async (name: string, input?: unknown): Promise<unknown> => {
    const result = await writer.call(name, input)
    await log.flush()
    return result
  }
  return {
    write: write as WriterCall,
    keep: async (arrived) => {
      await write('keep', together(arrived))
    },
    read: ((name: string, input?: unknown) => readerFor(name).call(name, input)) as ReaderCall,
    backup: async (to) => {
      await writer.call('backup', { to })
    },
    doubt: async () => {
      await writer.call('doubt', undefined)
    },
    close: async () => {
      closing = true
      await Promise.all([reader.close(), longReader?.close(), checkpointer?.close()])
      await writer.close()
      await log.close()
    },
  }
}
