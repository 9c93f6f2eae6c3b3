/** Groups of a robot and their members. */
import type { Page } from '#shared/contract/common.ts'
import type { Group, Member } from '#shared/contract/entries/people.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { itemsBefore, likePattern, rowLimit, type Paging } from './paging.ts'

interface GroupRow {
  robot_id: number
  group_id: string
  name: string
  owner_id: string | null
  member_count: number
  left_at: number | null
  last_at: number | null
}

const item = (row: GroupRow): Group => ({
  robotId: String(row.robot_id),
  id: row.group_id,
  name: row.name,
  ownerId: row.owner_id,
  memberCount: row.member_count,
  leftAt: row.left_at,
  lastAt: row.last_at,
})

/** With when its conversation last had a message. */
const rows = `SELECT g.*, (SELECT c.last_at FROM conversations c
  WHERE c.robot_id = g.robot_id AND c.kind = 'group' AND c.peer_id = g.group_id) AS last_at FROM groups g`

export interface GroupQuery extends Paging {
  robotId?: number | undefined
  query?: string | undefined
}

/** Groups by name, those left last. */
export function listGroups(db: Reading, query: GroupQuery): Page<Group> {
  const offset = itemsBefore(query.cursor)
  const text = query.query?.trim()
  const limit = rowLimit(query) - 1
  const found = db.all<GroupRow>(
    `${rows} WHERE (@robotId IS NULL OR g.robot_id = @robotId)
       AND (@pattern IS NULL OR g.name LIKE @pattern ESCAPE '\\' OR g.group_id LIKE @pattern ESCAPE '\\')
     ORDER BY g.left_at IS NOT NULL, g.name COLLATE NOCASE, g.group_id, g.robot_id LIMIT @limit OFFSET @offset`,
    { robotId: query.robotId ?? null, pattern: text ? likePattern(text) : null, limit: limit + 1, offset },
  )
  return {
    items: found.slice(0, limit).map(item),
    nextCursor: found.length > limit ? String(offset + limit) : null,
  }
}

type GroupDetail = Group & { members: Member[]; createdAt: number | null; raw: string | null }

export function getGroup(db: Reading, robotId: number, groupId: string): GroupDetail | undefined {
  const row = db.get<GroupRow & { created_at: number | null; raw: string | null }>(
    `${rows} WHERE g.robot_id = ? AND g.group_id = ?`,
    robotId,
    groupId,
  )
  if (!row) return undefined
  const members = db.all<{ id: string; name: string; joinedAt: number | null }>(
    `SELECT m.user_id AS id, m.joined_at AS joinedAt,
       coalesce(nullif(f.remark, ''), nullif(f.name, ''), m.name) AS name
     FROM members m LEFT JOIN friends f ON f.robot_id = m.robot_id AND f.user_id = m.user_id
     WHERE m.robot_id = ? AND m.group_id = ? AND m.gone_at IS NULL ORDER BY m.joined_at, m.user_id`,
    robotId,
    groupId,
  )
  return { ...item(row), members, createdAt: row.created_at, raw: row.raw }
}

/** What a callback says of one group; `members` null where it says nothing of them. */
export interface GroupNews {
  groupId: string
  name: string
  ownerId: string | null
  createdAt: number | null
  members: { userId: string; name: string; joinedAt: number | null }[] | null
  raw: string
}

/** Adds a group or completes one. A list of members replaces the former one: who is missing is marked as gone. */
export function seeGroup(db: Writing, changes: Changes, robotId: number, group: GroupNews, at: number): void {
  const before = changes.noting ? getGroup(db, robotId, group.groupId) : undefined
  const groupPeer = { kind: 'group' as const, id: group.groupId }
  if (changes.noting) {
    if (!before) changes.note('group-added', group.groupId)
    else if (
      (group.name !== '' && group.name !== before.name) ||
      (group.ownerId !== null && group.ownerId !== before.ownerId) ||
      (before.leftAt !== null && before.leftAt <= at)
    ) {
      changes.note('group-changed', group.groupId)
    }
    if (group.members) {
      const had = new Set(before?.members.map((member) => member.id))
      const has = new Set(group.members.map((member) => member.userId))
      for (const id of has) if (!had.has(id)) changes.note('member-joined', id, { peer: groupPeer })
      for (const id of had) if (!has.has(id)) changes.note('member-gone', id, { peer: groupPeer })
    }
  }
  db.run(
    `INSERT INTO groups (robot_id, group_id, name, owner_id, created_at, raw, first_seen_at, seen_at)
     VALUES (@robotId, @groupId, @name, @ownerId, @createdAt, @raw, @at, @at)
     ON CONFLICT (robot_id, group_id) DO UPDATE SET
       name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE name END,
       owner_id = coalesce(excluded.owner_id, owner_id), created_at = coalesce(excluded.created_at, created_at),
       raw = excluded.raw, seen_at = max(seen_at, excluded.seen_at),
       left_at = CASE WHEN left_at > excluded.seen_at THEN left_at END`,
    {
      robotId,
      groupId: group.groupId,
      name: group.name,
      ownerId: group.ownerId,
      createdAt: group.createdAt,
      raw: group.raw,
      at,
    },
  )
  if (group.members) {
    db.run(
      'UPDATE members SET gone_at = ? WHERE robot_id = ? AND group_id = ? AND gone_at IS NULL',
      at,
      robotId,
      group.groupId,
    )
    for (const member of group.members) seeMember(db, robotId, group.groupId, member)
    countMembers(db, robotId, group.groupId)
  }
  changes.groups(robotId)
  changes.peer(robotId, 'group', group.groupId)
}

/** Adds or completes one member. */
function seeMember(
  db: Writing,
  robotId: number,
  groupId: string,
  member: { userId: string; name: string; joinedAt: number | null },
): void {
  db.run(
    `INSERT INTO members (robot_id, group_id, user_id, name, joined_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (robot_id, group_id, user_id) DO UPDATE SET
       name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE name END,
       joined_at = coalesce(excluded.joined_at, joined_at), gone_at = NULL`,
    robotId,
    groupId,
    member.userId,
    member.name,
    member.joinedAt,
  )
}

const countMembers = (db: Writing, robotId: number, groupId: string): void => {
  db.run(
    `UPDATE groups SET member_count =
       (SELECT count(*) FROM members m WHERE m.robot_id = groups.robot_id AND m.group_id = groups.group_id AND m.gone_at IS NULL)
     WHERE robot_id = ? AND group_id = ?`,
    robotId,
    groupId,
  )
}

/** The robot is no longer in the group. A group that was not known is kept by its number, as left. */
export function leaveGroup(
  db: Writing,
  changes: Changes,
  robotId: number,
  groupId: string,
  name: string,
  at: number,
): void {
  const before = changes.noting ? getGroup(db, robotId, groupId) : undefined
  if (!before || before.leftAt === null) changes.note('group-left', groupId)
  db.run(
    `INSERT INTO groups (robot_id, group_id, name, first_seen_at, seen_at, left_at) VALUES (@robotId, @groupId, @name, @at, @at, @at)
     ON CONFLICT (robot_id, group_id) DO UPDATE SET left_at = coalesce(left_at, excluded.left_at)`,
    { robotId, groupId, name, at },
  )
  changes.groups(robotId)
  changes.peer(robotId, 'group', groupId)
}

/** As for friends: whoever a complete list did not name is marked as left. */
export function markGroupsLeft(db: Writing, changes: Changes, robotId: number, askedAt: number, at: number): void {
  const left = db.all<{ id: string }>(
    'UPDATE groups SET left_at = ? WHERE robot_id = ? AND seen_at < ? AND left_at IS NULL RETURNING group_id AS id',
    at,
    robotId,
    askedAt,
  )
  for (const { id } of left) changes.note('group-left', id)
  if (left.length > 0) changes.groups(robotId)
}
