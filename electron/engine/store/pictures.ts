/** Pictures of this machine: which are offered by a link, until when, and of which the file is still here. */
import type { Picture, PictureWay } from '#shared/contract/entries/pictures.ts'
import type { Reading, Writing } from './database.ts'

export interface PictureRow {
  readonly id: number
  readonly link: string
  readonly file: string | null
  readonly type: Picture['type']
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly way: PictureWay
  readonly address_hash: string | null
  readonly remote: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly ended_at: number | null
}

export type NewPicture = Omit<PictureRow, 'id' | 'ended_at' | 'file'> & { readonly file: string }

export const pictureByLink = (db: Reading, link: string): PictureRow | null =>
  db.get<PictureRow>('SELECT * FROM pictures WHERE link = ?', link) ?? null

/** Those whose offer has not ended, by when it will. */
export const offeredPictures = (db: Reading): PictureRow[] =>
  db.all<PictureRow>('SELECT * FROM pictures WHERE ended_at IS NULL ORDER BY expires_at, id')

/** Those whose file is here. */
export const keptPictures = (db: Reading): PictureRow[] =>
  db.all<PictureRow>('SELECT * FROM pictures WHERE file IS NOT NULL ORDER BY id')

export function addPicture(db: Writing, picture: NewPicture): PictureRow {
  const { id } = db.run(
    `INSERT INTO pictures (link, file, type, width, height, bytes, way, address_hash, remote, created_at, expires_at)
     VALUES (@link, @file, @type, @width, @height, @bytes, @way, @address_hash, @remote, @created_at, @expires_at)`,
    { ...picture },
  )
  return { ...picture, id, ended_at: null }
}

/** Lets an offer that has not ended last until a time, if it would end before. */
export function holdPicture(db: Writing, input: { id: number; until: number }): void {
  db.run('UPDATE pictures SET expires_at = max(expires_at, @until) WHERE id = @id AND ended_at IS NULL', input)
}

export function endPictures(db: Writing, input: { ids: readonly number[]; now: number }): void {
  for (const id of input.ids)
    db.run('UPDATE pictures SET ended_at = ? WHERE id = ? AND ended_at IS NULL', input.now, id)
}

/** Their files are gone; that the links were ours is remembered. */
export function dropFiles(db: Writing, ids: readonly number[]): void {
  for (const id of ids) db.run('UPDATE pictures SET file = NULL WHERE id = ?', id)
}
