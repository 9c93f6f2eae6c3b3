/** What the store can count at little cost: each count runs over an index that holds little more than what is counted. */
import type { OperationKind, OperationState } from '#shared/contract/entries/record.ts'
import type { RobotState } from '#shared/contract/entries/robots.ts'
import type { StoredMeasures } from '../types.ts'
import type { Reading } from './database.ts'

/** Counts for those who watch over the machine. */
export function countMeasures(db: Reading): StoredMeasures {
  const waiting = db.get<{ n: number }>(
    `SELECT count(*) AS n FROM callbacks INDEXED BY callbacks_pending WHERE state = 'pending'`,
  )
  return {
    callbacksWaiting: waiting?.n ?? 0,
    outbox: db.all<{ state: OperationState; n: number }>(
      `SELECT state, count(*) AS n FROM operations WHERE state IN ('queued', 'sending') GROUP BY state`,
    ),
    sends: db.all<{ state: OperationState; n: number }>(
      `SELECT state, count(*) AS n FROM operations INDEXED BY operations_open
       WHERE state NOT IN ('accepted', 'done') AND kind = 'send' GROUP BY state`,
    ),
    operations: db.all<{ kind: OperationKind; n: number }>(
      `SELECT kind, count(*) AS n FROM operations INDEXED BY operations_unsettled
       WHERE settled_at IS NULL AND kind <> 'send' GROUP BY kind`,
    ),
    robots: db.all<{ state: RobotState; n: number }>('SELECT state, count(*) AS n FROM robots GROUP BY state'),
    lastCallbacks: db.all<{ connectionId: number; at: number | null }>(
      `SELECT c.id AS connectionId, m.last_at AS at FROM connections c
       LEFT JOIN callback_marks m ON m.connection_id = c.id ORDER BY c.id`,
    ),
  }
}
