/**
 * Flushes the write-ahead log to the disk, away from the thread that writes it: while the disk works, the writer
 * goes on, and whatever it commits meanwhile shares the next flush.
 *
 * The writer commits with `synchronous = NORMAL`, which writes the log and waits for no disk. A commit is durable once a
 * flush that began after it has ended: that is all that `FULL` does besides (sqlite.org/wal.html, Performance
 * Considerations). What SQLite itself must order, such as a new log's head and what a checkpoint copies, it goes on
 * flushing by itself.
 */
import { close, fdatasync, open } from 'node:fs'
import { promisify } from 'node:util'

export interface Flush {
  /** Resolves when everything committed before this call is on the disk. Rejects with why it is not. */
  flush(): Promise<void>
  /** Waits for what is under way. To be called after the database was closed: then nothing is left to flush. */
  close(): Promise<void>
}

/**
 * @param sync flushes the file
 * @param mend brings everything to the disk in another way; called after a flush failed. The system may then have
 *   given up pages that it had not written, and no later flush would say so (PostgreSQL's "fsyncgate")
 * @returns a flush whose callers share what is under way: each is served by one that began after it asked
 */
export function sharedFlush(sync: () => Promise<void>, mend: () => Promise<void>): () => Promise<void> {
  let running = false
  let next: PromiseWithResolvers<undefined> | null = null
  let broken = false

  const once = async (): Promise<void> => {
    if (!broken) {
      try {
        return await sync()
      } catch {
        broken = true
      }
    }
    await mend()
    broken = false
  }

  const begin = (round: PromiseWithResolvers<undefined>): void => {
    running = true
    const end = (): void => {
      running = false
      const waiting = next
      next = null
      // The disk goes on before those who waited for it do.
      if (waiting) begin(waiting)
    }
    once().then(
      () => {
        end()
        round.resolve(undefined)
      },
      (error: unknown) => {
        end()
        round.reject(error)
      },
    )
  }

  return () => {
    if (running) return (next ??= Promise.withResolvers<undefined>()).promise
    const round = Promise.withResolvers<undefined>()
    begin(round)
    return round.promise
  }
}

/**
 * Opens the log of a database that is open for writing.
 *
 * @param file path of the log
 * @param mend see {@link sharedFlush}
 * @throws Error of the file system
 */
export async function openFlush(file: string, mend: () => Promise<void>): Promise<Flush> {
  // Windows flushes only what is open for writing.
  const descriptor = await promisify(open)(file, 'r+')
  const sync = (): Promise<void> =>
    new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error ? reject(error) : resolve())))
  const flush = sharedFlush(sync, mend)
  return {
    flush,
    close: async () => {
      await flush().catch(() => undefined)
      await promisify(close)(descriptor)
    },
  }
}
