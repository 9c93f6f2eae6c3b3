/** The pump as the engine runs it: its turns are the store's, its calls the platform client's. */
import type { Settings } from '#shared/contract/entries/system.ts'
import type { EngineContext } from '../handlers/context.ts'
import type { Notices } from '../notices.ts'
import type { Store } from '../store/store.ts'
import type { Timers } from '../timers.ts'
import type { Clock, Logger } from '../types.ts'
import { perform } from './perform.ts'
import { Pump } from './pump.ts'
import { tellReachability } from './reachability.ts'

export interface OpenPumpOptions {
  readonly store: Store
  readonly context: EngineContext
  readonly timers: Timers
  readonly notices: Notices
  readonly clock: Clock
  /** Asked before each turn: whether the clock was set. */
  heedClock(): Promise<void> | undefined
  settings(): Settings
  readonly log: Logger
}

/** Makes the pump; it moves once it is woken. */
export function openPump(options: OpenPumpOptions): Pump {
  const { store, context, timers, clock } = options
  return new Pump({
    turn: async (robotId, lane, finished, begunOnly) => {
      await options.heedClock()
      const { pace, lateSendMinutes } = options.settings()
      const lateMs = lateSendMinutes * 60_000
      const input = { robotId, lane, now: clock.now(), pace, lateMs, luck: Math.random(), begunOnly }
      const turn = await store.write('outbox.turn', { finished, input })
      if (finished?.timeoutMs != null) timers.operations.arm()
      return turn
    },
    perform: (claim) => perform({ ...context, log: options.log }, claim),
    release: (robotId, lane, except) => store.write('outbox.release', { robotId, lane, except }),
    finish: async (result) => {
      await store.write('outbox.finish', result)
      if (result.timeoutMs !== null) timers.operations.arm()
    },
    now: () => clock.now(),
    reachable: tellReachability(options.notices),
    log: options.log,
  })
}
