/** What of the outbox is under way, for whoever waits until nothing is. */
import type { PeerKind } from '#shared/contract/common.ts'
import type { Reading } from './database.ts'
import { behindLateSql, readHolds, waitIn } from './holds.ts'
import type { TurnRobot } from './robots.ts'
import { isHeld } from './turns.ts'

/** What has to wait for longer than this is not waited for, in milliseconds. */
const longMs = 5 * 60_000

/** In the words of the index of what waits: without it all that was ever sent is read through. */
const openSql = `o.state IN ('queued', 'sending')`

interface Begun {
  peer_kind: PeerKind | null
  /** Whether it is with the platform now. */
  called: number
  late: number
  state: TurnRobot['state']
  holds: string
}

/**
 * How many operations are under way: called and not answered, or of several parts with some that can go now. The rest of a
 * message that its robot's state, the network, a decision of the operator's or the pace holds up for long is not: it
 * stays queued, as it does when the application ends.
 *
 * @param now milliseconds UTC
 */
export const begunOperations = (db: Reading, now: number): number =>
  db
    .all<Begun>(
      `SELECT o.peer_kind, r.state, r.holds, (o.late_at IS NOT NULL OR ${behindLateSql}) AS late,
         (o.kind <> 'send' OR EXISTS (SELECT 1 FROM parts p WHERE p.message_id = o.message_id AND p.status = 'sending'))
           AS called
       FROM operations o JOIN robots r ON r.id = o.robot_id
       WHERE ${openSql} AND o.state = 'sending'`,
    )
    .filter((begun) => begun.called === 1 || canGo(begun, now)).length

function canGo({ peer_kind: peerKind, late, state, holds }: Begun, now: number): boolean {
  if (late === 1 || isHeld(state)) return false
  const wait = waitIn(readHolds(holds), 'send', peerKind)
  // Noted before the robot's state changed: its turn comes.
  if (!wait || isHeld(wait.reason)) return true
  return wait.reason !== 'unreachable' && wait.until !== null && wait.until - now <= longMs
}
