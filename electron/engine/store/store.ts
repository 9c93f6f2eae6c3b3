/**
 * The store as the engine uses it: one writing thread, one reading for the screens, one for what takes long, and one
 * that checkpoints.
 */
import { join } from 'node:path'
import type { AppError } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { together, type ArrivedCallback } from './arrived.ts'
import type { Logger } from '../types.ts'
import { databaseName } from './database-files.ts'
import { openFlush } from './flush.ts'
import { longReads, type ReaderCall, type WriterCall } from './methods.ts'
import type { Wake } from './lanes.ts'
import { StoreThread, type ThreadListener } from './store-thread.ts'

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
  /**
   * Keeps callbacks as they came, durably, and applies them then or soon.
   *
   * @returns how many should be kept together next: fewer where too many wait for their effects
   * @throws AppError disk-full, storage-failed
   */
  keep(arrived: readonly ArrivedCallback[]): Promise<number>
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
  const flush = (): Promise<void> => log.flush()
  const write = (name: string, input?: unknown): Promise<unknown> => writer.call(name, input, flush)
  return {
    write: write as WriterCall,
    keep: (arrived) => write('keep', together(arrived)) as Promise<number>,
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
