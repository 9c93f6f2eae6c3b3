/** Secrets as the vault sealed them. Nothing here can open one. */
import type { Reading, Writing } from './database.ts'

/** A secret as the vault sealed it; null: it is to be forgotten. */
export interface SealedSecret {
  readonly name: string
  readonly sealed: Uint8Array | null
}

export const getSecret = (db: Reading, name: string): Uint8Array | null =>
  db.get<{ sealed: Buffer }>('SELECT sealed FROM secrets WHERE name = ?', name)?.sealed ?? null

/** When a secret was last put, milliseconds UTC; null where there is none. */
export const secretKeptAt = (db: Reading, name: string): number | null =>
  db.get<{ at: number }>('SELECT updated_at AS at FROM secrets WHERE name = ?', name)?.at ?? null

export const secretNames = (db: Reading): string[] =>
  db.all<{ name: string }>('SELECT name FROM secrets ORDER BY name').map(({ name }) => name)

export const putSecret = (db: Writing, name: string, sealed: Uint8Array): void => {
  db.run(
    `INSERT INTO secrets (name, sealed, updated_at) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at`,
    name,
    Buffer.from(sealed),
    Date.now(),
  )
}

/** Forgets one secret, and none whose name only begins so. */
export const deleteSecret = (db: Writing, name: string): void => {
  db.run('DELETE FROM secrets WHERE name = ?', name)
}

/** Forgets every secret whose name begins with `prefix`. */
export const deleteSecrets = (db: Writing, prefix: string): void => {
  db.run('DELETE FROM secrets WHERE substr(name, 1, length(?)) = ?', prefix, prefix)
}
