/** Messages for later: kept until their time, then written to the outbox in the transaction that removes them. */
import { AppError } from '#shared/contract/errors.ts'
import type { Peer, PeerKind } from '#shared/contract/common.ts'
import { scheduledLimit, type Scheduled } from '#shared/contract/entries/scheduled.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { enqueueMessage } from './outbox.ts'
import { requireRobot } from './robots.ts'

interface ScheduledRow {
  id: number
  robot_id: number
  kind: PeerKind
  peer_id: string
  type: 'text' | 'image'
  content: string
  parts: string
  at: number
  missed: number
  created_at: number
}

const item = (row: ScheduledRow): Scheduled => ({
  id: String(row.id),
  robotId: String(row.robot_id),
  peer: { kind: row.kind, id: row.peer_id },
  type: row.type,
  content: row.content,
  at: row.at,
  missed: row.missed === 1,
  createdAt: row.created_at,
})

/** What is overdue for longer than this is not sent by itself any more, in milliseconds. */
const lateMs = 10 * 60_000

export const listScheduled = (db: Reading): Scheduled[] =>
  db.all<ScheduledRow>('SELECT * FROM scheduled ORDER BY at, id').map(item)

export interface ScheduledInput {
  id?: number | undefined
  robotId: number
  peer: Peer
  type: 'text' | 'image'
  content: string
  /** The pieces in which it goes out. */
  parts: string[]
  at: number
}

/** @returns its id. @throws AppError not-found, or not-allowed-now when too many wait */
export function saveScheduled(db: Writing, changes: Changes, { id, ...input }: ScheduledInput): number {
  requireRobot(db, input.robotId)
  changes.scheduled = true
  const { robotId, peer, type, content, at } = input
  const values = [robotId, peer.kind, peer.id, type, content, JSON.stringify(input.parts), at]
  if (id !== undefined) {
    const { changes: found } = db.run(
      `UPDATE scheduled SET robot_id = ?, kind = ?, peer_id = ?, type = ?, content = ?, parts = ?, at = ?, missed = 0
       WHERE id = ?`,
      ...values,
      id,
    )
    if (found === 0) throw new AppError('not-found', { what: 'scheduled' })
    return id
  }
  const { n } = db.get<{ n: number }>('SELECT count(*) AS n FROM scheduled') ?? { n: 0 }
  if (n >= scheduledLimit) throw new AppError('not-allowed-now', { state: 'scheduled-full' })
  return db.run(
    `INSERT INTO scheduled (robot_id, kind, peer_id, type, content, parts, at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...values,
    Date.now(),
  ).id
}

/** @throws AppError not-found when it is gone, or was sent */
export function removeScheduled(db: Writing, changes: Changes, id: number): void {
  if (db.run('DELETE FROM scheduled WHERE id = ?', id).changes === 0) {
    throw new AppError('not-found', { what: 'scheduled' })
  }
  changes.scheduled = true
}

/** When the next one is due; null where none waits. */
export const nextScheduled = (db: Reading): number | null =>
  db.get<{ at: number }>('SELECT at FROM scheduled WHERE missed = 0 ORDER BY at LIMIT 1')?.at ?? null

/**
 * Sends what is due. What is overdue for longer is marked instead: it was to be sent at a time that
 * the application slept through, and may no longer fit.
 */
export function sendScheduled(db: Writing, changes: Changes, now: number): void {
  for (const row of db.all<ScheduledRow>('SELECT * FROM scheduled WHERE missed = 0 AND at <= ? ORDER BY at, id', now)) {
    changes.scheduled = true
    if (now - row.at > lateMs) {
      db.run('UPDATE scheduled SET missed = 1 WHERE id = ?', row.id)
      continue
    }
    db.run('DELETE FROM scheduled WHERE id = ?', row.id)
    enqueueMessage(db, changes, {
      robotId: row.robot_id,
      peer: { kind: row.kind, id: row.peer_id },
      type: row.type,
      content: row.content,
      parts: JSON.parse(row.parts) as string[],
      clientId: `scheduled ${row.id}`,
    })
  }
}

/** Leaves what is due to the operator: nobody knows whether it was sent. @param now milliseconds UTC */
export function missScheduled(db: Writing, changes: Changes, now: number): void {
  if (db.run('UPDATE scheduled SET missed = 1 WHERE at <= ?', now).changes > 0) changes.scheduled = true
}
