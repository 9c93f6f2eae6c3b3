/** Sleep, wake and shutdown of the machine. */
import type { PowerMonitor } from 'electron'
import type { Engine } from '#engine/types.ts'
import type { Log } from './log.ts'

/**
 * Before the machine sleeps nothing new is sent: an answer that comes after hours would leave every message in doubt.
 * When it wakes, the outbox goes on. Before it shuts down, the engine is stopped in order.
 *
 * @param shutDown ends the application in order
 * @returns a function that ends it
 */
export function followPower(
  monitor: Pick<PowerMonitor, 'on' | 'removeListener'>,
  engine: Pick<Engine, 'rest' | 'wake'>,
  log: Log,
  shutDown: () => void,
): () => void {
  const suspend = (): void => {
    log.info({}, 'the machine goes to sleep')
    engine.rest().catch((error: unknown) => {
      log.error({ err: error }, 'the outbox did not come to rest')
    })
  }
  const resume = (): void => {
    log.info({}, 'the machine is awake')
    engine.wake()
  }
  const shutdown = (event?: { preventDefault(): void }): void => {
    log.info({}, 'the machine shuts down')
    // Holds it up until the application has ended.
    event?.preventDefault()
    shutDown()
  }
  monitor.on('suspend', suspend)
  monitor.on('resume', resume)
  monitor.on('shutdown', shutdown)
  return () => {
    monitor.removeListener('suspend', suspend)
    monitor.removeListener('resume', resume)
    monitor.removeListener('shutdown', shutdown)
  }
}
