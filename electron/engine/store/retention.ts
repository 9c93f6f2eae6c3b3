/**
 * What is kept for a time: the oldest rows go once they are too old, or once all together take too much room. It
 * works in steps of a few rows, each of which fits between two requests of the writer. Kinds that share limits stand
 * in one list; another list with limits of its own (messages, pictures) needs no more than its kinds.
 */
import type { Writing } from './database.ts'

/** A table with ascending `id` and a time that ascends with it. Its texts are SQL of ours, never from outside. */
export interface Kind {
  readonly table: string
  /** The column of that time; `at` unless given. */
  readonly time?: string
  /** Bytes of a row. */
  readonly bytes: string
  /** Which rows may go at all. */
  readonly mayGo: string
  /** Run before a row goes, with `@id` and `@now`: what must outlive it. */
  readonly remember?: string
}

export interface Limits {
  /** 0: however old. */
  days: number
  /** 0: however large. */
  megabytes: number
}

/** Room that a row takes beside its texts, its places in the indexes with it. */
const overhead = 200

/**
 * Calls and callbacks. A callback that waits to be applied, or that failed to be, stays: something is still to come of
 * it. One in quarantine goes like any other, since those of foreign robots can be the most, but its key is not kept:
 * sent again, it gets another chance.
 */
export const recordKinds: readonly Kind[] = [
  {
    table: 'callbacks',
    bytes: `length(raw) + coalesce(length(reading), 0) + ${overhead}`,
    mayGo: `state NOT IN ('pending', 'failed')`,
    remember: `INSERT OR IGNORE INTO pruned_keys (key, at)
      SELECT key, @now FROM callbacks WHERE id = @id AND key IS NOT NULL AND state IN ('applied', 'ignored')`,
  },
  {
    table: 'calls',
    bytes: `length(signing_string) + length(request) + coalesce(length(response), 0) + ${overhead}`,
    mayGo: '1',
  },
]

/**
 * Messages. What is still to come to something stays: what was not read, what waits or is in doubt; and the last of each
 * conversation, so that the list of them goes on saying who is there.
 */
export const messageKinds: readonly Kind[] = [
  {
    table: 'messages',
    time: 'arrived_at',
    bytes: `2 * length(CAST(content AS BLOB)) + ${overhead}`,
    mayGo: `status IN ('received', 'accepted', 'done', 'cancelled') AND EXISTS (SELECT 1 FROM conversations c
      WHERE c.id = messages.conversation_id AND c.last_message_id <> messages.id
        AND (messages.direction = 'out' OR messages.id <= c.read_up_to))`,
  },
]

const dayMs = 86_400_000
/** What is younger stays whatever its size, in milliseconds: so long may an operation wait for its callback. */
const youngMs = 3_600_000
/** How long keys of callbacks that are gone are remembered: no platform sends one again after that. */
export const keyDays = 180

/** Rows whose sizes stand together: their ids share all but the last bits. */
const segmentRows = 256
/** How many rows, or ids to look for some in, one step takes. */
const stepRows = 64
const stepIds = 2000

interface Candidate {
  kind: Kind
  id: number
  at: number
  bytes: number
}

export class Retention {
  readonly #db: Writing
  readonly #kinds: readonly Kind[]
  /** Bytes of all; null until the sum was made, and where no limit asks for it. */
  #total: number | null = null
  /** Up to which id the rows of a kind were looked at. */
  #seen = new Map<Kind, number>()

  constructor(db: Writing, kinds: readonly Kind[]) {
    this.#db = db
    this.#kinds = kinds
  }

  /** Begins anew: from the oldest row, and with another sum. */
  restart(): void {
    this.#total = null
    this.#seen.clear()
  }

  /**
   * Does a little. Must run inside a transaction.
   *
   * @param isEnough asked after each row
   * @returns whether more is to be done now
   */
  step(limits: Limits, now: number, isEnough: () => boolean): boolean {
    if (this.#forgetKeys(now)) return true
    const limit = limits.megabytes * 1024 * 1024
    if (limit > 0) {
      if (this.#kinds.some((kind) => this.#measureNext(kind))) return true
      this.#total ??= this.#kinds.reduce((sum, kind) => sum + this.#size(kind), 0)
    }
    const tooOld = limits.days > 0 ? now - limits.days * dayMs : -Infinity
    const goes = ({ at }: Candidate): boolean =>
      at < tooOld || (limit > 0 && (this.#total ?? 0) > limit && at < now - youngMs)
    const queues = this.#kinds.map((kind) => this.#oldest(kind)).filter((queue) => queue.length > 0)
    const freed = new Map<Kind, Map<number, number>>()
    let went = false
    for (;;) {
      const queue = queues.reduce<Candidate[] | undefined>(
        (best, each) => ((each[0]?.at ?? Infinity) < (best?.[0]?.at ?? Infinity) ? each : best),
        undefined,
      )
      const next = queue?.[0]
      if (!next || !goes(next)) break
      queue?.shift()
      this.#remove(next, now, freed)
      went = true
      // Where one kind's candidates are used up, the oldest of all is no longer known.
      if (queue?.length === 0 || isEnough()) break
    }
    this.#note(freed)
    if (!went) this.#tidy()
    return went
  }

  /** The oldest rows of a kind that may go. */
  #oldest(kind: Kind): Candidate[] {
    const highest = this.#db.get<{ id: number | null }>(`SELECT max(id) AS id FROM ${kind.table}`)?.id ?? null
    const lowest = this.#db.get<{ id: number | null }>(`SELECT min(id) AS id FROM ${kind.table}`)?.id ?? null
    if (highest === null || lowest === null) return []
    let after = Math.max(this.#seen.get(kind) ?? 0, lowest - 1)
    while (after < highest) {
      const rows = this.#db.all<Omit<Candidate, 'kind'>>(
        `SELECT id, ${kind.time ?? 'at'} AS at, ${kind.bytes} AS bytes FROM ${kind.table}
         WHERE id > ? AND id <= ? AND ${kind.mayGo} ORDER BY id LIMIT ?`,
        after,
        after + stepIds,
        stepRows,
      )
      if (rows.length > 0) return rows.map((row) => ({ kind, ...row }))
      after = Math.min(after + stepIds, highest)
      this.#seen.set(kind, after)
    }
    return []
  }

  #remove({ kind, id, bytes }: Candidate, now: number, freed: Map<Kind, Map<number, number>>): void {
    if (kind.remember) this.#db.run(kind.remember, { id, now })
    this.#db.run(`DELETE FROM ${kind.table} WHERE id = ?`, id)
    this.#seen.set(kind, id)
    if (this.#total !== null) this.#total -= bytes
    const segments = freed.get(kind) ?? new Map<number, number>()
    const segment = Math.floor(id / segmentRows)
    freed.set(kind, segments.set(segment, (segments.get(segment) ?? 0) + bytes))
  }

  #note(freed: ReadonlyMap<Kind, ReadonlyMap<number, number>>): void {
    for (const [kind, segments] of freed) {
      for (const [segment, bytes] of segments) {
        this.#db.run(
          'UPDATE kept_sizes SET bytes = max(0, bytes - ?) WHERE kind = ? AND segment = ?',
          bytes,
          kind.table,
          segment,
        )
      }
    }
  }

  #lastMeasured(kind: Kind): number | null {
    const sql = 'SELECT max(segment) AS segment FROM kept_sizes WHERE kind = ?'
    return this.#db.get<{ segment: number | null }>(sql, kind.table)?.segment ?? null
  }

  /** Measures one full segment that was not yet. @returns whether there was one */
  #measureNext(kind: Kind): boolean {
    const { low, high } = this.#db.get<{ low: number | null; high: number | null }>(
      `SELECT (SELECT min(id) FROM ${kind.table}) AS low, (SELECT max(id) FROM ${kind.table}) AS high`,
    ) ?? { low: null, high: null }
    if (low === null || high === null) return false
    const last = this.#lastMeasured(kind)
    const segment = Math.max(last === null ? 0 : last + 1, Math.floor(low / segmentRows))
    // The newest segment still grows.
    if (segment >= Math.floor(high / segmentRows)) return false
    const bytes = this.#sum(kind, segment * segmentRows, (segment + 1) * segmentRows)
    this.#db.run('INSERT INTO kept_sizes (kind, segment, bytes) VALUES (?, ?, ?)', kind.table, segment, bytes)
    return true
  }

  #sum(kind: Kind, from: number, to: number): number {
    const sql = `SELECT coalesce(sum(${kind.bytes}), 0) AS bytes FROM ${kind.table} WHERE id >= ? AND id < ?`
    return this.#db.get<{ bytes: number }>(sql, from, to)?.bytes ?? 0
  }

  /** Bytes of a kind: the measured segments, and the newest one. */
  #size(kind: Kind): number {
    const sql = 'SELECT coalesce(sum(bytes), 0) AS bytes FROM kept_sizes WHERE kind = ?'
    const measured = this.#db.get<{ bytes: number }>(sql, kind.table)?.bytes ?? 0
    const last = this.#lastMeasured(kind)
    return measured + this.#sum(kind, last === null ? 0 : (last + 1) * segmentRows, Number.MAX_SAFE_INTEGER)
  }

  /** Segments of which nothing is left; the last one marks how far was measured. */
  #tidy(): void {
    this.#db.run(
      `DELETE FROM kept_sizes WHERE bytes = 0
         AND segment < (SELECT max(segment) FROM kept_sizes k WHERE k.kind = kept_sizes.kind)`,
    )
  }

  /** @returns whether there may be more */
  #forgetKeys(now: number): boolean {
    const { changes } = this.#db.run(
      'DELETE FROM pruned_keys WHERE key IN (SELECT key FROM pruned_keys WHERE at < ? ORDER BY at LIMIT ?)',
      now - keyDays * dayMs,
      stepRows,
    )
    return changes === stepRows
  }
}

/** Rows went by another way (a connection was removed): what was measured is no longer true. */
export const forgetSizes = (db: Writing): void => {
  db.run('DELETE FROM kept_sizes')
}
