/** Texts that operators send often. */
import { AppError } from '#shared/contract/errors.ts'
import { quickReplyLimit, type QuickReply } from '#shared/contract/entries/quick-replies.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'

type Fields = Omit<QuickReply, 'id'>

export const listQuickReplies = (db: Reading): QuickReply[] =>
  db
    .all<Fields & { id: number }>(
      `SELECT id, folder, title, text, picture FROM quick_replies
       ORDER BY folder COLLATE NOCASE, title COLLATE NOCASE, id`,
    )
    .map((row) => ({ ...row, id: String(row.id) }))

const bound = ({ folder, title, text, picture }: Fields) => ({ folder, title, text, picture, now: Date.now() })

function insert(db: Writing, fields: Fields): number {
  const { n } = db.get<{ n: number }>('SELECT count(*) AS n FROM quick_replies') ?? { n: 0 }
  if (n >= quickReplyLimit) {
    throw new AppError('invalid-input', { field: 'title', problem: `there are ${quickReplyLimit} of them already` })
  }
  return db.run(
    `INSERT INTO quick_replies (folder, title, text, picture, created_at, updated_at)
     VALUES (@folder, @title, @text, @picture, @now, @now)`,
    bound(fields),
  ).id
}

const update = (db: Writing, id: number, fields: Fields): boolean =>
  db.run(
    `UPDATE quick_replies SET folder = @folder, title = @title, text = @text, picture = @picture, updated_at = @now
     WHERE id = @id`,
    { ...bound(fields), id },
  ).changes > 0

/** @returns its id @throws AppError not-found; invalid-input when there are too many */
export function saveQuickReply(
  db: Writing,
  changes: Changes,
  { id, ...fields }: Fields & { id?: number | undefined },
): number {
  changes.quickReplies = true
  if (id === undefined) return insert(db, fields)
  if (!update(db, id, fields)) throw new AppError('not-found', { what: 'quick reply' })
  return id
}

export function removeQuickReplies(db: Writing, changes: Changes, ids: readonly number[]): void {
  for (const id of ids) db.run('DELETE FROM quick_replies WHERE id = ?', id)
  changes.quickReplies = true
}

/** Adds all or, when there would be too many, none. */
export function importQuickReplies(
  db: Writing,
  changes: Changes,
  items: readonly Fields[],
): { added: number; replaced: number } {
  let replaced = 0
  for (const fields of items) {
    const present = db.get<{ id: number }>(
      'SELECT id FROM quick_replies WHERE folder = ? AND title = ?',
      fields.folder,
      fields.title,
    )
    if (present && update(db, present.id, fields)) replaced += 1
    else insert(db, fields)
  }
  changes.quickReplies = true
  return { added: items.length - replaced, replaced }
}
