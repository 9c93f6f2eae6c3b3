/** Tags that operators put on conversations. */
import { AppError } from '#shared/contract/errors.ts'
import { tagLimit, type Tag } from '#shared/contract/entries/conversations.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'

/** How many colours tags have, the robots' own. */
const colors = 12

export const listTags = (db: Reading): Tag[] =>
  db
    .all<{ id: number; name: string; color: number; conversations: number }>(
      `SELECT t.id, t.name, t.color, (SELECT count(*) FROM conversation_tags x WHERE x.tag_id = t.id) AS conversations
       FROM tags t ORDER BY t.name COLLATE NOCASE, t.id`,
    )
    .map((row) => ({ ...row, id: String(row.id) }))

/**
 * Makes a tag, or changes the one with the id.
 *
 * @throws AppError not-found; conflict when another has the name; invalid-input when there are too many
 */
export function saveTag(
  db: Writing,
  changes: Changes,
  input: { id?: number | undefined; name: string; color?: number | undefined },
): number {
  const namesake = db.get<{ id: number }>('SELECT id FROM tags WHERE name = ?', input.name)
  if (namesake && namesake.id !== input.id) throw new AppError('conflict', { what: 'tag' })
  changes.tags = true
  if (input.id !== undefined) {
    const saved = db.run(
      'UPDATE tags SET name = ?, color = coalesce(?, color) WHERE id = ?',
      input.name,
      input.color ?? null,
      input.id,
    )
    if (saved.changes === 0) throw new AppError('not-found', { what: 'tag' })
    return input.id
  }
  const present = listTags(db)
  if (present.length >= tagLimit) {
    throw new AppError('invalid-input', { field: 'name', problem: `there are ${tagLimit} tags already` })
  }
  const counts = Array.from({ length: colors }, (_, color) => present.filter((tag) => tag.color === color).length)
  const color = input.color ?? counts.indexOf(Math.min(...counts))
  return db.run('INSERT INTO tags (name, color, created_at) VALUES (?, ?, ?)', input.name, color, Date.now()).id
}

/** @throws AppError not-found */
export function removeTag(db: Writing, changes: Changes, id: number): void {
  const tagged = db.all<{ id: number }>('SELECT conversation_id AS id FROM conversation_tags WHERE tag_id = ?', id)
  if (db.run('DELETE FROM tags WHERE id = ?', id).changes === 0) throw new AppError('not-found', { what: 'tag' })
  for (const conversation of tagged) changes.conversation(conversation.id)
  changes.tags = true
}

/** Puts exactly these tags on a conversation. @throws AppError not-found for one that does not exist */
export function setTags(db: Writing, changes: Changes, conversationId: number, tagIds: readonly number[]): void {
  db.run('DELETE FROM conversation_tags WHERE conversation_id = ?', conversationId)
  for (const tagId of new Set(tagIds)) {
    if (!db.get('SELECT 1 FROM tags WHERE id = ?', tagId)) throw new AppError('not-found', { what: 'tag' })
    db.run('INSERT INTO conversation_tags (conversation_id, tag_id) VALUES (?, ?)', conversationId, tagId)
  }
  changes.tags = true
}
