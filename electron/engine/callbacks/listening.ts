/**
 * Starts the listener and keeps its port. A port that was asked for and is taken stops the start. One that is only
 * remembered is never exchanged for another, since the platform calls that address: the operator is told, and it is
 * tried again until it is free.
 */
import { AppError } from '#shared/contract/errors.ts'
import type { Notices } from '../notices.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import type { Ways } from '../watch/ways.ts'
import type { CallbackListener } from './listener.ts'

/** Pause before a taken port is tried again, in milliseconds. */
const retryMs = 5000

/** What the port is remembered as, so that a registered callback URL stays true. */
const portValue = '.listener-port'

/** The port that an earlier start chose; null where none did. */
export async function rememberedPort(store: Store): Promise<number | null> {
  const value = await store.read('values.get', portValue)
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? value : null
}

export const rememberPort = (store: Store, port: number | null): Promise<unknown> =>
  store.write('values.set', { name: portValue, value: port })

export interface ListeningOptions {
  readonly listener: CallbackListener
  /** Whether the port was chosen by an earlier start, and stands in URLs that were given out. */
  readonly isRemembered: boolean
  /** Told once it listens. */
  ready(): Promise<void>
  readonly notices: Notices
  /** Told whether callbacks get in. */
  readonly ways: Pick<Ways, 'up' | 'down'>
  readonly log: Logger
}

export class Listening {
  readonly #options: ListeningOptions
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** @throws AppError port-in-use, listener-failed, unless the port is a remembered one */
  async start(): Promise<void> {
    const { listener, isRemembered, notices, ways, log, ready } = this.#options
    try {
      await listener.start()
    } catch (error) {
      if (!isRemembered || !(error instanceof AppError)) throw error
      notices.raise('listener', error.failure)
      ways.down('listener')
      log.error({ err: error }, 'callbacks cannot arrive')
      this.#later()
      return
    }
    notices.clear('listener')
    ways.up('listener')
    await ready()
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.start().catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'the listener could not be started')
        this.#options.notices.settle('store', error)
      })
    }, retryMs)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#options.listener.stop()
  }
}
