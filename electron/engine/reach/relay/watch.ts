/** Reads a bucket whole, and then what changes in it. */
import type { KV, KvWatchEntry } from '@nats-io/kv'

/** For reading it whole, in milliseconds. */
const wholeMs = 10_000

export interface BucketWatch {
  /** Resolves when everything that the bucket held was read. Rejects where that is not to be had. */
  readonly whole: Promise<void>
  /** Resolves when nothing more will be read. */
  readonly ended: Promise<void>
  stop(): void
}

/**
 * @param note gets each value, deletions among them, in order
 * @throws Error of the server
 */
export async function watchBucket(kv: KV, note: (entry: KvWatchEntry) => void): Promise<BucketWatch> {
  const { values } = await kv.status()
  const watch = await kv.watch()
  const whole = Promise.withResolvers<undefined>()
  const fail = (): void => whole.reject(new Error('a bucket could not be read'))
  const timer = setTimeout(fail, wholeMs)
  if (values === 0) whole.resolve(undefined)
  const read = async (): Promise<void> => {
    for await (const entry of watch) {
      note(entry)
      if (entry.delta === 0) whole.resolve(undefined)
    }
  }
  const ended = read()
    .catch(() => undefined)
    .finally(fail)
  whole.promise.catch(() => undefined).finally(() => clearTimeout(timer))
  return { whole: whole.promise, ended, stop: () => watch.stop() }
}
