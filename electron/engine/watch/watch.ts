/** The watch that nobody has to look at: looks every so often, and at once when a robot's state changes. */
import { statfs } from 'node:fs/promises'
import { z } from 'zod'
import { alarmKinds, type AlarmKind, type WatchState } from '#shared/contract/entries/watch.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { WatchFacts, WatchNote } from '../store/watch.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Logger } from '../types.ts'
import { judge, mattersOf, type Facts } from './conditions.ts'
import { SteadyClock } from './steady-clock.ts'
import { quietMs, tooLong, usualSilence, type Usual } from './usual.ts'
import type { Ways } from './ways.ts'

/** Pause between two looks, and how soon one follows a change, in milliseconds. */
const lookMs = 20_000
const soonMs = 250
/** A look that comes so late means that the machine slept. */
const sleptMs = 90_000
/** How often it is noted that the watch looks, where no callback comes. */
const noteMs = 5 * 60_000

const settingsShape = z.object({
  kinds: z.partialRecord(z.enum(alarmKinds), z.boolean()).default({}),
  url: z.string().nullable().default(null),
})
export type WatchSettings = z.output<typeof settingsShape>

/** What is kept of the watch's settings; each condition is on until it is switched off. */
export const readWatchSettings = (stored: unknown): WatchSettings => {
  const parsed = settingsShape.safeParse(stored ?? {})
  return parsed.success ? parsed.data : settingsShape.parse({})
}

export interface WatchOptions {
  readonly store: Store
  readonly dataDir: string
  readonly ways: Ways
  /** Time zone of a connection, which knows its weekends. */
  timeZoneOf(connectionId: number): string
  emit(events: ContractEvent[]): void
  /** Something was queued for the webhook. */
  posted(): void
  readonly log: Logger
  readonly clock: Clock
  /** Free bytes on the disk of the data folder; null where nobody can tell. */
  freeBytes(path: string): Promise<number | null>
}

export const freeBytesOf = async (path: string): Promise<number | null> => {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return null
  }
}

export class Watch {
  readonly #options: WatchOptions
  readonly #clock = new SteadyClock(sleptMs)
  #settings: WatchSettings = readWatchSettings(null)
  /** The newest callback of each connection. */
  readonly #last = new Map<number, { at: number; id: number }>()
  #notedAt = 0
  #looking: Promise<void> | null = null
  #again = false
  #stopped = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: WatchOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { store } = this.#options
    this.#settings = readWatchSettings(await store.read('values.get', '.watch'))
    for (const { connectionId, lastAt, lastId } of await store.read('watch.marks')) {
      this.#last.set(connectionId, { at: lastAt, id: lastId })
    }
    void this.look()
  }

  get settings(): WatchSettings {
    return this.#settings
  }

  /** Takes other settings, and looks with them. */
  async change(settings: WatchSettings): Promise<void> {
    await this.#options.store.write('values.set', { name: '.watch', value: settings })
    this.#settings = settings
    await this.look()
  }

  /** Something changed that may be the matter, or no longer. */
  soon(): void {
    this.#arm(soonMs)
  }

  #arm(ms: number): void {
    if (this.#stopped) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), ms)
    this.#timer.unref()
  }

  /** Looks now; after a look that is under way, if there is one. */
  async look(): Promise<void> {
    if (this.#stopped) return
    this.#again = true
    this.#looking ??= this.#lookUntilDone()
    await this.#looking
  }

  async #lookUntilDone(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        await this.#look()
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'the watch cannot look')
    } finally {
      this.#looking = null
      this.#arm(lookMs)
    }
  }

  async #look(): Promise<void> {
    const { store, ways, dataDir } = this.#options
    const now = this.#options.clock.now()
    this.#clock.tick(now, this.#options.clock.steady())
    const seen = await store.read('watch.facts', Math.max(0, ...[...this.#last.values()].map(({ id }) => id)))
    await this.#note(now, seen.arrivals)
    const lastCallbacks = new Map([...this.#last].map(([id, { at }]) => [id, at]))
    const facts: Facts = {
      now,
      robots: seen.robots,
      queues: seen.queues,
      open: seen.open,
      lastCallbacks,
      arrived: new Set(seen.arrivals.map(({ connectionId }) => connectionId)),
      usual: await this.#usualOf(now, [...lastCallbacks]),
      waysDown: ways.list(),
      freeBytes: await this.#options.freeBytes(dataDir),
      age: (begunAt) => this.#clock.age(begunAt, now),
    }
    const { raise, end } = judge(mattersOf(facts), facts.open, (kind) => this.isOn(kind))
    if (raise.length === 0 && end.length === 0) return
    const told = await store.write('watch.update', { raise, end, now, post: this.#settings.url !== null })
    const alarms = await store.read('watch.open')
    this.#options.emit([
      { event: 'watch.changed', data: { alarms } },
      ...told.map((data): ContractEvent => ({ event: 'watch.told', data })),
    ])
    if (told.length > 0) this.#options.posted()
  }

  isOn(kind: AlarmKind): boolean {
    return this.#settings.kinds[kind] ?? true
  }

  /** Notes what came, and how long it was quiet before, as far as that was watched. */
  async #note(now: number, arrivals: WatchFacts['arrivals']): Promise<void> {
    if (arrivals.length === 0 && Math.abs(now - this.#notedAt) < noteMs) return
    const awake = { from: this.#clock.since, to: now }
    const note: WatchNote = { marks: [], quiet: [], awake }
    for (const { connectionId, firstAt, lastAt, lastId } of arrivals) {
      const before = this.#last.get(connectionId)
      const from = Math.max(before?.at ?? firstAt, awake.from)
      if (firstAt - from >= quietMs) note.quiet.push({ connectionId, from, to: firstAt })
      note.marks.push({ connectionId, lastAt, lastId })
      this.#last.set(connectionId, { at: lastAt, id: lastId })
    }
    await this.#options.store.write('watch.note', note)
    this.#notedAt = now
  }

  /** Learned only where it is asked for: at a silence that may be too long. */
  async #usualOf(now: number, lastCallbacks: readonly (readonly [number, number])[]): Promise<Map<number, Usual>> {
    const usual = new Map<number, Usual>()
    for (const [connectionId, lastAt] of lastCallbacks) {
      if (this.#clock.age(lastAt, now) < tooLong(0)) continue
      usual.set(connectionId, await this.usual(connectionId, now))
    }
    return usual
  }

  /** What is usual for a connection at this hour. */
  async usual(connectionId: number, now = this.#options.clock.now()): Promise<Usual> {
    const { quiet, awake } = await this.#options.store.read('watch.silences', connectionId)
    return usualSilence(now, quiet, awake, this.#options.timeZoneOf(connectionId))
  }

  async state(connectionIds: readonly number[]): Promise<WatchState> {
    const usual = await Promise.all(
      connectionIds.map(async (id) => ({ connectionId: String(id), ...(await this.usual(id)) })),
    )
    const { url } = this.#settings
    return {
      kinds: Object.fromEntries(alarmKinds.map((kind) => [kind, this.isOn(kind)])) as Record<AlarmKind, boolean>,
      webhook: url === null ? null : { url },
      alarms: await this.#options.store.read('watch.open'),
      usual,
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#looking
  }
}
