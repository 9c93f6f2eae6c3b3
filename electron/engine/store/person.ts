/** All that is known of one person: as a robot's friend or as a member of its groups. */
import type { Person } from '#shared/contract/entries/people.ts'
import type { Reading } from './database.ts'

interface FriendFacts {
  name: string
  remark: string
  phone: string
  raw: string | null
  first_seen_at: number
  gone_at: number | null
}

/** @returns null where the robot has neither a friend nor a member of that number */
export function getPerson(db: Reading, robotId: number, id: string): Person | null {
  const friend = db.get<FriendFacts>('SELECT * FROM friends WHERE robot_id = ? AND user_id = ?', robotId, id)
  const groups = db.all<{ id: string; name: string; joinedAt: number | null }>(
    `SELECT g.group_id AS id, g.name, m.joined_at AS joinedAt FROM groups g
     JOIN members m ON m.robot_id = g.robot_id AND m.group_id = g.group_id AND m.user_id = ? AND m.gone_at IS NULL
     WHERE g.robot_id = ? ORDER BY g.name COLLATE NOCASE, g.group_id`,
    id,
    robotId,
  )
  const member = db.get<{ name: string }>(
    `SELECT m.name FROM groups g JOIN members m ON m.robot_id = g.robot_id AND m.group_id = g.group_id AND m.user_id = ?
     WHERE g.robot_id = ? ORDER BY m.name = '' LIMIT 1`,
    id,
    robotId,
  )
  if (!friend && !member) return null
  return {
    id,
    name: friend?.name || member?.name || '',
    remark: friend?.remark ?? '',
    phone: friend?.phone ?? '',
    isFriend: friend !== undefined && friend.gone_at === null,
    goneAt: friend?.gone_at ?? null,
    firstSeenAt: friend?.first_seen_at ?? null,
    raw: friend?.raw ?? null,
    groups,
    knownTo: knownTo(db, robotId, id),
  }
}

/** Other robots whose friend has the same number; one look-up each. */
const knownTo = (db: Reading, robotId: number, id: string): Person['knownTo'] =>
  db
    .all<{ robot_id: number; gone_at: number | null; last_at: number | null }>(
      `SELECT f.robot_id, f.gone_at, (SELECT c.last_at FROM conversations c
         WHERE c.robot_id = f.robot_id AND c.kind = 'friend' AND c.peer_id = f.user_id) AS last_at
       FROM robots r JOIN friends f ON f.robot_id = r.id AND f.user_id = ? WHERE r.id <> ? ORDER BY r.id`,
      id,
      robotId,
    )
    .map((row) => ({ robotId: String(row.robot_id), goneAt: row.gone_at, lastAt: row.last_at }))
