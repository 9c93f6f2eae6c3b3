/**
 * What a connection remembers of its robots in the stream: when nothing waited, and which were given away. A stream
 * keeps a callback for so many days; whoever slept longer than that since nothing waited may have missed some that were
 * acknowledged, and nobody but this memory can tell.
 */
import { z } from 'zod'

const positionSchema = z.object({
  /** By robot key, milliseconds UTC. */
  drainedAt: z.record(z.string(), z.int()).default({}),
  givenAway: z.array(z.string()).default([]),
  /** A time of which callbacks may be missing, and when that was found. */
  gap: z.object({ from: z.int(), to: z.int(), foundAt: z.int() }).nullable().default(null),
})
type Kept = z.output<typeof positionSchema>
export type Gap = NonNullable<Kept['gap']>

export interface PositionOptions {
  read(): Promise<unknown>
  write(value: unknown): Promise<unknown>
  /** Told of a time of which callbacks may be missing. */
  gap(gap: Gap): void
}

const dayMs = 86_400_000
/** How long it is told of, in milliseconds. */
const tellMs = 7 * dayMs

export class Position {
  readonly #options: PositionOptions
  #kept: Kept = positionSchema.parse({})
  #isRead = false
  /** Older callbacks the stream keeps no more, milliseconds UTC. */
  #keptSince = -Infinity

  constructor(options: PositionOptions) {
    this.#options = options
  }

  /** @param keptDays how long the stream keeps what nobody fetches */
  async begin(keptDays: number): Promise<void> {
    const empty = positionSchema.parse({})
    if (!this.#isRead) this.#kept = positionSchema.catch(empty).parse((await this.#options.read()) ?? {})
    this.#isRead = true
    // A clock that was ahead has written what is not yet: it counts as of now, or the next gap would go unseen.
    const now = Date.now()
    const ahead = Object.entries(this.#kept.drainedAt).filter(([, at]) => at > now)
    for (const [key] of ahead) this.#kept.drainedAt[key] = now
    if (ahead.length > 0) await this.#write()
    this.#keptSince = Math.trunc(Date.now() - keptDays * dayMs)
    await this.#findGap()
    const { gap } = this.#kept
    if (gap && Date.now() - gap.foundAt < tellMs) this.#options.gap(gap)
  }

  async #findGap(): Promise<boolean> {
    const to = this.#keptSince
    const late = Object.entries(this.#kept.drainedAt).filter(([, drainedAt]) => drainedAt < to)
    if (late.length === 0) return false
    const from = Math.min(...late.map(([, drainedAt]) => drainedAt), this.#kept.gap?.from ?? Infinity)
    for (const [key] of late) this.#kept.drainedAt[key] = to
    this.#kept.gap = { from, to, foundAt: Date.now() }
    await this.#write()
    return true
  }

  drainedAt(key: string): number | null {
    return this.#kept.drainedAt[key] ?? null
  }

  /** At that time nothing of these robots waited. */
  async noteDrained(keys: readonly string[], at: number): Promise<void> {
    if (keys.length === 0) return
    for (const key of keys) this.#kept.drainedAt[key] = at
    await this.#write()
  }

  /** A robot comes from another host, with what that one knew of it. */
  async takeOver(key: string, drainedAt: number | null): Promise<void> {
    if (drainedAt === null || key in this.#kept.drainedAt) return
    this.#kept.drainedAt[key] = drainedAt
    if (await this.#findGap()) {
      const { gap } = this.#kept
      if (gap) this.#options.gap(gap)
    } else await this.#write()
  }

  /** A robot is this host's no more: what is missing of it is another's to tell. */
  async forget(key: string): Promise<void> {
    if (!(key in this.#kept.drainedAt)) return
    this.#forget(key)
    await this.#write()
  }

  #forget(key: string): void {
    this.#kept.drainedAt = Object.fromEntries(Object.entries(this.#kept.drainedAt).filter(([other]) => other !== key))
  }

  isGivenAway(key: string): boolean {
    return this.#kept.givenAway.includes(key)
  }

  async setGivenAway(key: string, isGivenAway: boolean): Promise<void> {
    if (this.isGivenAway(key) === isGivenAway) return
    this.#kept.givenAway = this.#kept.givenAway.filter((other) => other !== key)
    if (isGivenAway) this.#kept.givenAway.push(key)
    // From here on another knows.
    this.#forget(key)
    await this.#write()
  }

  async #write(): Promise<void> {
    await this.#options.write(this.#kept)
  }
}
