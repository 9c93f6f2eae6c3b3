/** The ways in as kept, one row a connection that chose one. Secrets are not here but in secrets.ts, sealed. */
import { reachSettingsSchema, type ReachSettings } from '#shared/contract/entries/reach.ts'
import type { Reading, Writing } from './database.ts'

/** The vault's name for a secret of a connection's ways begins so. */
export const reachSecretPrefix = (connectionId: number): string => `reach/${connectionId}/`

export interface ReachRecord {
  connectionId: number
  settings: ReachSettings
  /** The public address that was up last. */
  publicUrl: string | null
  /** The host key that is trusted, and whose it is (`host:port`). */
  hostKey: string | null
  hostKeyOf: string | null
}

interface ReachRow {
  connection_id: number
  settings: string
  public_url: string | null
  host_key: string | null
  host_key_of: string | null
}

/** What this version cannot read (a later one wrote it) is none rather than a reason not to start. */
function storedSettings(text: string): ReachSettings {
  const read = reachSettingsSchema.safeParse(JSON.parse(text))
  return read.success ? read.data : { way: 'off' }
}

export const listReach = (db: Reading): ReachRecord[] =>
  db.all<ReachRow>('SELECT * FROM reach ORDER BY connection_id').map((row) => ({
    connectionId: row.connection_id,
    settings: storedSettings(row.settings),
    publicUrl: row.public_url,
    hostKey: row.host_key,
    hostKeyOf: row.host_key_of,
  }))

export const saveReach = (
  db: Writing,
  { connectionId, settings, publicUrl, hostKey, hostKeyOf }: ReachRecord,
): void => {
  db.run(
    `INSERT INTO reach (connection_id, settings, public_url, host_key, host_key_of)
     VALUES (@connectionId, @settings, @publicUrl, @hostKey, @hostKeyOf)
     ON CONFLICT (connection_id) DO UPDATE SET settings = excluded.settings, public_url = excluded.public_url,
       host_key = excluded.host_key, host_key_of = excluded.host_key_of`,
    { connectionId, settings: JSON.stringify(settings), publicUrl, hostKey, hostKeyOf },
  )
}
