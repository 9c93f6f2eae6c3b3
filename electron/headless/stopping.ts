/** How the host ends: cleanly on the first signal, at once on the second. */
import type { Logger } from '#engine/types.ts'

/**
 * A stop that takes longer than this has hung, in milliseconds. Its parts have limits of their own: 3 s for callbacks
 * that are being received, 3 s for calls under way, 5 s for the sandbox, 2 s for each of the store's threads.
 */
const stopLimitMs = 15_000

export interface StoppingOptions {
  /** End when standard input closes too. */
  readonly withParent: boolean
  readonly log: Logger & { fatal(fields: object, message: string): void }
  /** Takes no more callbacks, notes what is under way, closes the data. */
  stop(): Promise<void>
}

/** Listens for SIGTERM and SIGINT. The process then ends with 0; by a second signal with 128 and its number. */
export function stopOnSignals({ withParent, log, stop }: StoppingOptions): void {
  let isStopping = false
  const onSignal = (why: string, code: number): void => {
    if (isStopping) {
      log.warn({ why }, 'ended at once; what was under way is found in doubt at the next start')
      process.exit(code)
    }
    isStopping = true
    const begun = performance.now()
    log.info({ why }, 'stopping')
    setTimeout(() => {
      log.fatal({}, 'the host did not stop in time')
      process.exit(1)
    }, stopLimitMs).unref()
    stop().then(
      () => {
        log.info({ durationMs: Math.round(performance.now() - begun) }, 'stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log.fatal({ err: error }, 'the host did not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => onSignal('SIGTERM', 143))
  process.on('SIGINT', () => onSignal('SIGINT', 130))
  if (withParent) {
    process.stdin.on('end', () => onSignal('standard input closed', 0))
    process.stdin.resume()
  }
}
