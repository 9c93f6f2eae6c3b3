/** What changes at a connection beside its settings: its callback secret, its key, and what came to the wrong door. */
import { AppError } from '#shared/contract/errors.ts'
import type { Reading, Writing } from './database.ts'
import { deleteSecrets } from './secrets.ts'

/** The vault's name for a private key: by the fingerprint of its public half, SHA-256 in hexadecimal. */
export const keyName = (fingerprint: string): string => `private-key/${fingerprint}`

export interface SecretChange {
  id: number
  secret: string
  /** Until when the present one is still taken, milliseconds UTC; null ends it at once. */
  oldUntil: number | null
}

/** Puts a new callback secret in the place of the present one. One that is older still ends. */
export const rotateSecret = (db: Writing, { id, secret, oldUntil }: SecretChange): void => {
  db.run(
    `UPDATE connections SET old_callback_secret = CASE WHEN @oldUntil IS NULL THEN NULL ELSE callback_secret END,
       old_secret_until = @oldUntil, old_secret_uses = 0, old_secret_used_at = NULL, callback_secret = @secret
     WHERE id = @id`,
    { id, secret, oldUntil },
  )
}

export const endOldSecret = (db: Writing, id: number): void => {
  db.run('UPDATE connections SET old_callback_secret = NULL, old_secret_until = NULL WHERE id = ?', id)
}

/** What came to a connection's doors since it was last noted. */
export interface DoorCounts {
  id: number
  oldUses: number
  oldUsedAt: number | null
  refused: number
  refusedAt: number | null
  refusedAddress: string | null
}

export const noteDoors = (db: Writing, counts: DoorCounts): void => {
  db.run(
    `UPDATE connections SET old_secret_uses = old_secret_uses + @oldUses,
       old_secret_used_at = coalesce(@oldUsedAt, old_secret_used_at), refused_sources = refused_sources + @refused,
       refused_source_at = coalesce(@refusedAt, refused_source_at),
       refused_source = coalesce(@refusedAddress, refused_source)
     WHERE id = @id`,
    { ...counts },
  )
}

export interface NextKey {
  id: number
  publicKeyPem: string
  publicKeyFingerprint: string
}

/** Keeps a key beside the present one; one that waited there before goes. */
export const setNextKey = (db: Writing, key: NextKey): void => {
  db.run(
    `UPDATE connections SET next_key_pem = @publicKeyPem, next_key_fingerprint = @publicKeyFingerprint,
       next_key_since = @now WHERE id = @id`,
    { ...key, now: Date.now() },
  )
}

/** Makes the next key the key. @throws AppError not-allowed-now when none waits */
export function adoptNextKey(db: Writing, id: number, fingerprint: string): void {
  const { changes } = db.run(
    `UPDATE connections SET public_key_pem = next_key_pem, public_key_fingerprint = next_key_fingerprint,
       next_key_pem = NULL, next_key_fingerprint = NULL, next_key_since = NULL
     WHERE id = ? AND next_key_fingerprint = ?`,
    id,
    fingerprint,
  )
  if (changes === 0) throw new AppError('not-allowed-now', { state: 'no-next-key' })
}

export const dropNextKey = (db: Writing, id: number): void => {
  db.run(
    'UPDATE connections SET next_key_pem = NULL, next_key_fingerprint = NULL, next_key_since = NULL WHERE id = ?',
    id,
  )
}

/** Forgets every private key that no connection uses or is going to use. */
export function forgetUnusedKeys(db: Writing): void {
  const unused = db.all<{ name: string }>(
    `SELECT name FROM secrets WHERE name LIKE 'private-key/%' AND substr(name, 13) NOT IN (
       SELECT public_key_fingerprint FROM connections
       UNION ALL SELECT next_key_fingerprint FROM connections WHERE next_key_fingerprint IS NOT NULL)`,
  )
  for (const { name } of unused) deleteSecrets(db, name)
}

/** What goes with a connection that is removed, in numbers. */
export interface Removal {
  robots: number
  conversations: number
  messages: number
  calls: number
  callbacks: number
}

/** Counts by looking at every row: long with a long history. */
export function countRemoval(db: Reading, id: number): Removal {
  const count = (sql: string): number => db.get<{ n: number }>(sql, id)?.n ?? 0
  const ofRobots = 'robot_id IN (SELECT id FROM robots WHERE connection_id = ?)'
  return {
    robots: count('SELECT count(*) AS n FROM robots WHERE connection_id = ?'),
    conversations: count(`SELECT count(*) AS n FROM conversations WHERE ${ofRobots}`),
    messages: count(
      `SELECT count(*) AS n FROM conversations JOIN messages ON messages.conversation_id = conversations.id
       WHERE ${ofRobots}`,
    ),
    calls: count('SELECT count(*) AS n FROM calls WHERE connection_id = ?'),
    callbacks: count('SELECT count(*) AS n FROM callbacks WHERE connection_id = ?'),
  }
}
