/**
 * Starts the listener where the command line or the settings say, and keeps its port. A place that the command line
 * named and that cannot be had stops the start. One from the settings, or a port that is only remembered, is never
 * exchanged for another, since the platform calls that address: the operator is told, and it is tried again until it
 * can be had.
 *
 * It has one life: starts, changes and the end come one after the other. Once its end is asked for nothing is opened any
 * more, and what was being opened is closed.
 */
import { isAbsolute } from 'node:path'
import { createServer } from 'node:net'
import type { ListenerSettings, SystemInfo } from '#shared/contract/entries/system.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Notices } from '../notices.ts'
import type { Store } from '../store/store.ts'
import type { EngineOptions, Logger } from '../types.ts'
import type { Ways } from '../watch/ways.ts'
import type { CallbackListener } from './listener.ts'
import { readTls, watchTls, type TlsFiles } from './tls-files.ts'

/** Pause before a taken port is tried again, in milliseconds. */
const retryMs = 5000

/** What the port is remembered as, so that a registered callback URL stays true. */
const portValue = '.listener-port'

/** The port that an earlier start chose; null where none did. */
export async function rememberedPort(store: Store): Promise<number | null> {
  const value = await store.read('values.get', portValue)
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? value : null
}

const rememberPort = (store: Store, port: number | null): Promise<unknown> =>
  store.write('values.set', { name: portValue, value: port })

export type PlaceOptions = Pick<EngineOptions, 'callbackAddress' | 'callbackPort' | 'callbackTls'>

/** Where the listener is to be, before its certificate was read. */
interface Wanted {
  readonly address: string
  readonly port: number
  readonly files: TlsFiles | null
}

export interface ListeningOptions {
  readonly listener: CallbackListener
  readonly store: Store
  /** What the command line says; it goes before the settings. */
  readonly options: PlaceOptions
  settings(): ListenerSettings
  /** The port before a new start on other data: the platform goes on calling it. */
  readonly keptPort: number | null
  /** The port that an earlier start chose. */
  readonly remembered: number | null
  /** Told once it listens, each time. */
  ready(): Promise<void>
  /** Told before it closes for good: whatever leads to it is to be taken down first. Never before an end of `ready`. */
  ending(): Promise<void>
  readonly notices: Notices
  /** Told whether callbacks get in. */
  readonly ways: Pick<Ways, 'up' | 'down'>
  readonly log: Logger
}

/** @throws AppError tls-unusable where one of the two is missing, or is no absolute path */
function tlsFiles({ tlsCert: cert, tlsKey: key }: Pick<ListenerSettings, 'tlsCert' | 'tlsKey'>): TlsFiles | null {
  if (cert === '' && key === '') return null
  if (cert === '' || key === '') throw new AppError('tls-unusable', { problem: 'tls-one-missing' })
  for (const path of [cert, key]) {
    if (!isAbsolute(path)) throw new AppError('tls-unusable', { problem: 'path-not-absolute', path })
  }
  return { cert, key }
}

/** Listens there for a moment. @throws AppError port-in-use, listener-failed */
async function tryPlace({ address, port }: Wanted): Promise<void> {
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen(port, address, resolve)
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new AppError('port-in-use', { port }, { cause: error })
    }
    throw new AppError('listener-failed', { problem: error instanceof Error ? error.message : String(error) })
  } finally {
    await new Promise<void>((resolve) => probe.close(() => resolve()))
  }
}

export class Listening {
  readonly #options: ListeningOptions
  #timer: NodeJS.Timeout | null = null
  #ended: Promise<void> | null = null
  #remembered: number | null
  #kept: number | null
  #unwatch: () => void = () => undefined
  /** Where it was last put. */
  #at = ''
  /** What comes next waits for it. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ListeningOptions) {
    this.#options = options
    this.#remembered = options.remembered
    this.#kept = options.keptPort
  }

  #wanted(settings: ListenerSettings): Wanted {
    const { callbackAddress, callbackPort, callbackTls } = this.#options.options
    const chosen = settings.port === 0 ? (this.#remembered ?? 0) : settings.port
    return {
      address: callbackAddress ?? settings.address,
      port: this.#kept ?? callbackPort ?? chosen,
      files: callbackTls ?? tlsFiles(settings),
    }
  }

  /** What the command line says of where it listens: there the settings say nothing. */
  get fixed(): SystemInfo['listener']['fixed'] {
    const { callbackAddress, callbackPort, callbackTls } = this.#options.options
    const given = { address: callbackAddress, port: callbackPort, tls: callbackTls }
    return (['address', 'port', 'tls'] as const).filter((name) => given[name] !== undefined)
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** @throws AppError port-in-use, listener-failed, tls-unusable, where the command line asked for what cannot be had */
  start(): Promise<void> {
    return this.#inTurn(() => this.#open())
  }

  async #open(): Promise<void> {
    // It may stand by now: what was tried again waited for its turn behind a move that the settings asked for.
    if (this.#hasEnded || this.#options.listener.port !== null) return
    const { listener, notices, ways, log, ready, settings, store, options, remembered } = this.#options
    const isFirst = this.#at === ''
    const mayWait = !isFirst || (this.fixed.length === 0 && (remembered !== null || settings().port !== 0))
    try {
      const wanted = this.#wanted(settings())
      this.#at = JSON.stringify(wanted)
      const tls = wanted.files && (await readTls(wanted.files))
      if (this.#hasEnded) return
      listener.entrance.moveTo({ address: wanted.address, port: wanted.port, tls })
      await listener.start()
      if (wanted.files && tls) this.#watch(wanted.files, tls)
    } catch (error) {
      if (!mayWait || !(error instanceof AppError)) throw error
      notices.raise('listener', error.failure)
      ways.down('listener')
      log.error({ err: error }, 'callbacks cannot arrive')
      this.#later()
      return
    }
    // The end closes it again.
    if (this.#hasEnded) return
    notices.clear('listener')
    ways.up('listener')
    this.#remembered = listener.port
    if (options.callbackPort === undefined) await rememberPort(store, listener.port)
    if (!this.#hasEnded) await ready()
  }

  /** Asked anew after each wait: its end may have been asked for meanwhile. */
  get #hasEnded(): boolean {
    return this.#ended !== null
  }

  #watch(files: TlsFiles, content: Awaited<ReturnType<typeof readTls>>): void {
    const { listener, notices, log } = this.#options
    this.#unwatch = watchTls({
      files,
      content,
      changed: (next) => {
        listener.entrance.renewTls(next)
        log.info({ endsAt: next.endsAt }, 'the listener has another certificate')
      },
      trouble: (error) => (error ? notices.raise('listener-tls', error.failure) : notices.clear('listener-tls')),
    })
  }

  #later(): void {
    if (this.#hasEnded) return
    this.#timer = setTimeout(() => {
      this.start().catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'the listener could not be started')
        this.#options.notices.settle('store', error)
      })
    }, retryMs)
  }

  /** Sees whether it could listen with other settings. @throws AppError tls-unusable, port-in-use, listener-failed */
  check(settings: ListenerSettings): Promise<void> {
    return this.#inTurn(async () => {
      const wanted = this.#wanted(settings)
      if (wanted.files) await readTls(wanted.files)
      // Its own port is taken by itself.
      if (this.#hasEnded || wanted.port === 0 || wanted.port === this.#options.listener.port) return
      await tryPlace(wanted)
    })
  }

  /** Listens elsewhere, where the settings now say so. Never rejects: what is wrong is told the operator. */
  async settingsChanged(): Promise<void> {
    try {
      await this.#inTurn(async () => {
        if (this.#hasEnded || JSON.stringify(this.#wantedOrNull()) === this.#at) return
        this.#pause()
        this.#kept = null
        await this.#options.listener.stop()
        await this.#open()
      })
    } catch (error) {
      this.#options.log.error({ err: error }, 'the listener could not be moved')
    }
  }

  #wantedOrNull(): Wanted | null {
    try {
      return this.#wanted(this.#options.settings())
    } catch {
      return null
    }
  }

  #pause(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#unwatch()
    this.#unwatch = () => undefined
    this.#options.notices.clear('listener-tls')
  }

  /** Ends it for good, after whatever is under way: then nothing is open, and nothing is opened again. */
  stop(): Promise<void> {
    if (!this.#ended) {
      const { ending, listener } = this.#options
      this.#ended = this.#inTurn(async () => {
        try {
          await ending()
        } finally {
          this.#pause()
          await listener.stop()
        }
      })
      this.#pause()
    }
    return this.#ended
  }
}
