/** What is posted to the webhook: queued with the alarm in one transaction, so that a restart forgets none. */
import type { Delivery } from '#shared/contract/entries/watch.ts'
import type { Page } from '#shared/contract/common.ts'
import type { Reading, Writing } from './database.ts'
import { idBefore, pageOf, rowLimit, type Paging } from './paging.ts'

/** How many that are settled are kept. */
const kept = 500

export interface DeliveryRow {
  id: number
  alarm_id: number | null
  phase: Delivery['phase']
  body: string
  state: Delivery['state']
  attempts: number
  next_at: number | null
  status: number | null
  problem: string | null
  created_at: number
  settled_at: number | null
}

export const deliveryItem = (row: DeliveryRow): Delivery => ({
  id: String(row.id),
  alarmId: row.alarm_id === null ? null : String(row.alarm_id),
  phase: row.phase,
  state: row.state,
  attempts: row.attempts,
  nextAt: row.next_at,
  status: row.status,
  problem: row.problem,
  createdAt: row.created_at,
  settledAt: row.settled_at,
})

export interface NewDelivery {
  readonly alarmId: number | null
  readonly phase: Delivery['phase']
  readonly body: string
  readonly now: number
}

/** @returns its id */
export function queueDelivery(db: Writing, { alarmId, phase, body, now }: NewDelivery): number {
  // A test is posted by who asks for it: after a crash it is not posted again.
  const isTest = phase === 'test'
  const { id } = db.run(
    `INSERT INTO deliveries (alarm_id, phase, body, state, next_at, problem, created_at, settled_at)
     VALUES (@alarmId, @phase, @body, @state, @nextAt, @problem, @now, @settledAt)`,
    {
      alarmId,
      phase,
      body,
      state: isTest ? 'failed' : 'queued',
      nextAt: isTest ? null : now,
      problem: isTest ? 'INTERRUPTED' : null,
      now,
      settledAt: isTest ? now : null,
    },
  )
  db.run(
    `DELETE FROM deliveries WHERE state <> 'queued' AND id <= (SELECT id FROM deliveries ORDER BY id DESC LIMIT 1 OFFSET ${kept})`,
  )
  return id
}

export const deliveryRow = (db: Reading, id: number): DeliveryRow | null =>
  db.get<DeliveryRow>('SELECT * FROM deliveries WHERE id = ?', id) ?? null

export const listDeliveries = (db: Reading, paging: Paging): Page<Delivery> =>
  pageOf(
    db.all<DeliveryRow>(
      'SELECT * FROM deliveries WHERE id < ? ORDER BY id DESC LIMIT ?',
      idBefore(paging.cursor),
      rowLimit(paging),
    ),
    paging,
    (row) => [row.id],
    deliveryItem,
  )

/**
 * The next that is due: that an alarm is over is never told before that it was raised.
 *
 * @param farMs what waits longer than any pause was queued before the clock was set back
 */
export const dueDelivery = (db: Reading, { now, farMs }: { now: number; farMs: number }): DeliveryRow | null =>
  db.get<DeliveryRow>(
    `SELECT * FROM deliveries d WHERE state = 'queued' AND (next_at <= ? OR next_at > ?) AND NOT EXISTS (
       SELECT 1 FROM deliveries e WHERE e.alarm_id = d.alarm_id AND e.id < d.id AND e.state = 'queued')
     ORDER BY id LIMIT 1`,
    now,
    now + farMs,
  ) ?? null

export const nextDelivery = (db: Reading): number | null =>
  db.get<{ at: number | null }>(`SELECT min(next_at) AS at FROM deliveries WHERE state = 'queued'`)?.at ?? null

export interface DeliveryOutcome {
  readonly id: number
  readonly state: Delivery['state']
  readonly nextAt: number | null
  readonly status: number | null
  readonly problem: string | null
  readonly now: number
}

export function noteDelivery(db: Writing, outcome: DeliveryOutcome): Delivery | null {
  const { id, state, nextAt, status, problem, now } = outcome
  db.run(
    `UPDATE deliveries SET state = @state, attempts = attempts + 1, next_at = @nextAt, status = @status,
       problem = @problem, settled_at = @settledAt WHERE id = @id`,
    { id, state, nextAt, status, problem, settledAt: state === 'queued' ? null : now },
  )
  const row = deliveryRow(db, id)
  return row && deliveryItem(row)
}

/** Nobody wants them any more: the webhook was removed. */
export const dropDeliveries = (db: Writing, now: number): void => {
  db.run(
    `UPDATE deliveries SET state = 'failed', next_at = NULL, problem = 'SWITCHED_OFF', settled_at = ? WHERE state = 'queued'`,
    now,
  )
}
