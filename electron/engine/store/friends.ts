/** Friends of a robot, as the platform's lists and callbacks tell of them. */
import { AppError } from '#shared/contract/errors.ts'
import type { Page } from '#shared/contract/common.ts'
import type { Friend } from '#shared/contract/entries/people.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { itemsBefore, likePattern, rowLimit, type Paging } from './paging.ts'

interface FriendRow {
  robot_id: number
  user_id: string
  name: string
  remark: string
  phone: string
  gone_at: number | null
  last_at: number | null
  tags: string | null
}

const item = (row: FriendRow): Friend => ({
  robotId: String(row.robot_id),
  id: row.user_id,
  name: row.name,
  remark: row.remark,
  phone: row.phone,
  goneAt: row.gone_at,
  lastAt: row.last_at,
  tagIds: row.tags?.split(',') ?? [],
})

/** With what their conversation has: when it last had a message, and its tags. */
const rows = `SELECT f.*, c.last_at,
  (SELECT group_concat(tag_id ORDER BY tag_id) FROM conversation_tags t WHERE t.conversation_id = c.id) AS tags
  FROM friends f LEFT JOIN conversations c
    ON c.robot_id = f.robot_id AND c.kind = 'friend' AND c.peer_id = f.user_id`

const orders = {
  name: `f.gone_at IS NOT NULL, CASE WHEN f.remark <> '' THEN f.remark ELSE f.name END COLLATE NOCASE, f.user_id, f.robot_id`,
  'last-contact': 'c.last_at IS NULL, c.last_at DESC, f.user_id, f.robot_id',
} as const

export interface FriendQuery extends Paging {
  robotId?: number | undefined
  query?: string | undefined
  tagId?: number | undefined
  /** Leaves out those who are gone. */
  presentOnly?: boolean | undefined
  /** Leaves out who is in this group of the robot. */
  notInGroup?: string | undefined
  order?: keyof typeof orders | undefined
}

/** Friends in an order. The cursor is the number of items given so far: lists are short and change rarely. */
export function listFriends(db: Reading, query: FriendQuery): Page<Friend> {
  const offset = itemsBefore(query.cursor)
  const text = query.query?.trim()
  const limit = rowLimit(query) - 1
  const found = db.all<FriendRow>(
    `${rows} WHERE (@robotId IS NULL OR f.robot_id = @robotId) AND (@presentOnly = 0 OR f.gone_at IS NULL)
       AND (@pattern IS NULL OR f.name LIKE @pattern ESCAPE '\\' OR f.remark LIKE @pattern ESCAPE '\\'
         OR f.phone LIKE @pattern ESCAPE '\\' OR f.user_id LIKE @pattern ESCAPE '\\')
       AND (@tagId IS NULL OR c.id IN (SELECT conversation_id FROM conversation_tags WHERE tag_id = @tagId))
       AND (@notInGroup IS NULL OR NOT EXISTS (SELECT 1 FROM members m WHERE m.robot_id = f.robot_id
         AND m.group_id = @notInGroup AND m.user_id = f.user_id AND m.gone_at IS NULL))
     ORDER BY ${orders[query.order ?? 'name']} LIMIT @limit OFFSET @offset`,
    {
      robotId: query.robotId ?? null,
      presentOnly: Number(query.presentOnly ?? false),
      pattern: text ? likePattern(text) : null,
      tagId: query.tagId ?? null,
      notInGroup: query.notInGroup ?? null,
      limit: limit + 1,
      offset,
    },
  )
  return {
    items: found.slice(0, limit).map(item),
    nextCursor: found.length > limit ? String(offset + limit) : null,
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
