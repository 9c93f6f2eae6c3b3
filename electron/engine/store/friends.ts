/** Friends of a robot, as the platform's lists and callbacks tell of them. */
import { AppError } from '#shared/contract/errors.ts'
import type { Page } from '#shared/contract/common.ts'
import type { Friend } from '#shared/contract/entries/people.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { itemsBefore, likePattern, rowLimit, type Paging } from './paging.ts'

interface FriendRow {
  user_id: string
  name: string
  remark: string
  phone: string
  gone_at: number | null
}

const item = (row: FriendRow): Friend => ({
  id: row.user_id,
  name: row.name,
  remark: row.remark,
  phone: row.phone,
  goneAt: row.gone_at,
})

/** Friends by name, those gone last. The cursor is the number of items given so far: lists are short and change rarely. */
export function listFriends(db: Reading, robotId: number, query: string | undefined, paging: Paging): Page<Friend> {
  const offset = itemsBefore(paging.cursor)
  const pattern = query?.trim() ? likePattern(query.trim()) : null
  const rows = db.all<FriendRow>(
    `SELECT user_id, name, remark, phone, gone_at FROM friends
     WHERE robot_id = @robotId AND (@pattern IS NULL OR name LIKE @pattern ESCAPE '\\' OR remark LIKE @pattern ESCAPE '\\'
       OR phone LIKE @pattern ESCAPE '\\' OR user_id LIKE @pattern ESCAPE '\\')
     ORDER BY gone_at IS NOT NULL, CASE WHEN remark <> '' THEN remark ELSE name END COLLATE NOCASE, user_id
     LIMIT @limit OFFSET @offset`,
    { robotId, pattern, limit: rowLimit(paging), offset },
  )
  const limit = rowLimit(paging) - 1
  return {
    items: rows.slice(0, limit).map(item),
    nextCursor: rows.length > limit ? String(offset + limit) : null,
  }
}

export const isFriend = (db: Reading, robotId: number, userId: string): boolean =>
  db.get('SELECT 1 FROM friends WHERE robot_id = ? AND user_id = ?', robotId, userId) !== undefined

/**
 * Sets the operator's own name for a friend.
 *
 * @throws AppError not-found when the robot has no such friend
 */
export function updateFriend(
  db: Writing,
  changes: Changes,
  input: { robotId: number; id: string; remark: string },
): void {
  const { changes: found } = db.run(
    'UPDATE friends SET remark = @remark WHERE robot_id = @robotId AND user_id = @id',
    input,
  )
  if (found === 0) throw new AppError('not-found', { what: 'friend' })
  changes.friends(input.robotId)
  changes.peer(input.robotId, 'friend', input.id)
}

/** What a callback says of one person. */
export interface FriendNews {
  userId: string
  name: string
  phone: string
  raw: string
}

/**
 * Adds a friend or completes one: what the platform leaves empty keeps what was known, and the operator's
 * remark is never touched. Older evidence, read again, does not bring back who has gone since.
 */
export function seeFriend(db: Writing, changes: Changes, robotId: number, friend: FriendNews, at: number): void {
  if (changes.noting) {
    const before = db.get<FriendRow>(
      'SELECT user_id, name, remark, phone, gone_at FROM friends WHERE robot_id = ? AND user_id = ?',
      robotId,
      friend.userId,
    )
    if (!before) changes.note('friend-added', friend.userId)
    else if (
      (friend.name !== '' && friend.name !== before.name) ||
      (friend.phone !== '' && friend.phone !== before.phone) ||
      (before.gone_at !== null && before.gone_at <= at)
    ) {
      changes.note('friend-changed', friend.userId)
    }
  }
  db.run(
    `INSERT INTO friends (robot_id, user_id, name, phone, raw, first_seen_at, seen_at) VALUES (@robotId, @userId, @name, @phone, @raw, @at, @at)
     ON CONFLICT (robot_id, user_id) DO UPDATE SET
       name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE name END,
       phone = CASE WHEN excluded.phone <> '' THEN excluded.phone ELSE phone END,
       raw = excluded.raw, seen_at = max(seen_at, excluded.seen_at),
       gone_at = CASE WHEN gone_at > excluded.seen_at THEN gone_at END`,
    { robotId, userId: friend.userId, name: friend.name, phone: friend.phone, raw: friend.raw, at },
  )
  changes.friends(robotId)
  changes.peer(robotId, 'friend', friend.userId)
}

/**
 * Marks as gone whoever was last seen before a complete list was asked for. The callbacks of one list come
 * in pieces; each piece revives whom it names, so after the last one exactly those missing are gone.
 */
export function markFriendsGone(db: Writing, changes: Changes, robotId: number, askedAt: number, at: number): void {
  const gone = db.all<{ id: string }>(
    'UPDATE friends SET gone_at = ? WHERE robot_id = ? AND seen_at < ? AND gone_at IS NULL RETURNING user_id AS id',
    at,
    robotId,
    askedAt,
  )
  for (const { id } of gone) changes.note('friend-gone', id)
  if (gone.length > 0) changes.friends(robotId)
}
