/** Pictures of this machine: which are offered by a link, until when, and of which the file is still here. */
import type { Picture, PictureWay } from '#shared/contract/entries/pictures.ts'
import type { Reading, Writing } from './database.ts'
import { deleteSecret, putSecret } from './secrets.ts'
import { setValue } from './settings.ts'

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
  /** Of the bytes; null for one from before it was noted. */
  readonly digest: string | null
  /** Where on another server it was put; null for one from before that was noted, and for our own listener. */
  readonly place: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly ended_at: number | null
}

export type NewPicture = Omit<PictureRow, 'id' | 'ended_at'>

export const pictureByLink = (db: Reading, link: string): PictureRow | null =>
  db.get<PictureRow>('SELECT * FROM pictures WHERE link = ?', link) ?? null

/** By what stands behind the last slash of its links, which nobody guesses. @param addressHash its hash */
export const pictureByName = (db: Reading, name: { name: string; addressHash: string }): PictureRow | null =>
  db.get<PictureRow>(
    `SELECT * FROM pictures WHERE address_hash = @addressHash
     UNION ALL SELECT * FROM pictures WHERE remote = @name LIMIT 1`,
    name,
  ) ?? null

/** Whether a link of ours ever began so. @param base with its last slash */
export const isPictureBase = (db: Reading, base: string): boolean =>
  db.get('SELECT 1 FROM pictures WHERE substr(link, 1, length(@base)) = @base LIMIT 1', { base }) !== undefined

/** A file with the very same bytes; null where none is left. */
export const sameFile = (db: Reading, digest: string): string | null =>
  db.get<{ file: string }>('SELECT file FROM pictures WHERE digest = ? AND file IS NOT NULL ORDER BY id DESC', digest)
    ?.file ?? null

/** Those whose offer has not ended, by when it will. */
export const offeredPictures = (db: Reading): PictureRow[] =>
  db.all<PictureRow>('SELECT * FROM pictures WHERE ended_at IS NULL ORDER BY expires_at, id')

/** Those whose file is here. */
export const keptPictures = (db: Reading): PictureRow[] =>
  db.all<PictureRow>('SELECT * FROM pictures WHERE file IS NOT NULL ORDER BY id')

/** So long before its end the file of an offer is not shared any more: it may be about to go, in milliseconds. */
const sharedUntilMs = 3_600_000

/**
 * Notes a picture. Where the same bytes are on offer already, it has their file: the caller removes its own.
 *
 * @param input.replaces what was noted of it before it was put where it lies
 * @returns the row as it is
 */
export function addPicture(db: Writing, input: NewPicture & { replaces: number | null }): PictureRow {
  const { replaces, ...picture } = input
  if (replaces !== null) forgetPicture(db, replaces)
  const { digest, created_at: now } = picture
  const shared =
    picture.file === null
      ? undefined
      : db.get<{ file: string }>(
          `SELECT file FROM pictures WHERE digest = ? AND file IS NOT NULL AND ended_at IS NULL AND expires_at > ?`,
          digest,
          now + sharedUntilMs,
        )
  const row = { ...picture, ...shared }
  const { id } = db.run(
    `INSERT INTO pictures (link, file, type, width, height, bytes, way, address_hash, remote, digest, place, created_at,
       expires_at) VALUES (@link, @file, @type, @width, @height, @bytes, @way, @address_hash, @remote, @digest, @place,
       @created_at, @expires_at)`,
    row,
  )
  return { ...row, id, ended_at: null }
}

/**
 * Lets an offer last until a time, if it would end before.
 *
 * @returns the row as it is then, whoever else held it meanwhile; null where its offer has ended
 */
export function holdPicture(db: Writing, input: { id: number; until: number; now: number }): PictureRow | null {
  const open = 'id = @id AND ended_at IS NULL AND expires_at > @now'
  const { id, now } = input
  db.run(`UPDATE pictures SET expires_at = max(expires_at, @until) WHERE ${open}`, input)
  return db.get<PictureRow>(`SELECT * FROM pictures WHERE ${open}`, { id, now }) ?? null
}

/** One that never came to be, or is noted anew. */
export function forgetPicture(db: Writing, id: number): void {
  db.run('DELETE FROM pictures WHERE id = ?', id)
}

export function endPictures(db: Writing, input: { ids: readonly number[]; now: number }): void {
  for (const id of input.ids)
    db.run('UPDATE pictures SET ended_at = ? WHERE id = ? AND ended_at IS NULL', input.now, id)
}

/** Their files are gone; that the links were ours is remembered. */
export function dropFiles(db: Writing, ids: readonly number[]): void {
  for (const id of ids) db.run('UPDATE pictures SET file = NULL WHERE id = ?', id)
}

export interface PlacesInput {
  place: { name: `.${string}`; value: unknown }
  puts: { name: string; sealed: Uint8Array }[]
  /** Secrets that go. */
  forget: string[]
}

/** Where pictures go, and the secrets for it. */
export function setPicturePlaces(db: Writing, { place, puts, forget }: PlacesInput): void {
  setValue(db, place.name, place.value)
  for (const { name, sealed } of puts) putSecret(db, name, sealed)
  for (const name of forget) deleteSecret(db, name)
}
