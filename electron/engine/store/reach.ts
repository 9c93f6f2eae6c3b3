/**
 * The ways in as kept, one row a connection that chose one. Secrets are not here but in secrets.ts, sealed. What was
 * chosen is written by {@link chooseWay} alone; what became of a way since is noted beside it, and only of the choice
 * that it is of.
 */
import { reachSettingsSchema, type ReachSettings } from '#shared/contract/entries/reach.ts'
import type { Reading, Writing } from './database.ts'
import { addLeaving, takeLeavingBack, type LeavingRecord, type NewLeaving } from './leavings.ts'
import { deleteSecret, putSecret, type SealedSecret } from './secrets.ts'

/** The vault's name for a secret of a connection's ways begins so. */
export const reachSecretPrefix = (connectionId: number): string => `reach/${connectionId}/`

export interface ReachRecord {
  readonly connectionId: number
  /** Counts the choices of this connection. */
  readonly choice: number
  readonly settings: ReachSettings
  /** The public address that was up last. */
  readonly publicUrl: string | null
  /** The host key that is trusted, and whose it is (`host:port`). */
  readonly hostKey: string | null
  readonly hostKeyOf: string | null
}

interface ReachRow {
  connection_id: number
  choice: number
  settings: string
  public_url: string | null
  host_key: string | null
  host_key_of: string | null
}

export interface Choice {
  readonly connectionId: number
  readonly settings: ReachSettings
  readonly secrets: readonly SealedSecret[]
  /** What is left by it; null: nothing that has to be taken back. */
  readonly leaving: NewLeaving | null
  /** One that was left before, and is chosen again. */
  readonly again: LeavingRecord | null
}

/** What this version cannot read (a later one wrote it) is none rather than a reason not to start. */
function storedSettings(text: string): ReachSettings {
  const read = reachSettingsSchema.safeParse(JSON.parse(text))
  return read.success ? read.data : { way: 'off' }
}

const recordOf = (row: ReachRow): ReachRecord => ({
  connectionId: row.connection_id,
  choice: row.choice,
  settings: storedSettings(row.settings),
  publicUrl: row.public_url,
  hostKey: row.host_key,
  hostKeyOf: row.host_key_of,
})

export const listReach = (db: Reading): ReachRecord[] =>
  db.all<ReachRow>('SELECT * FROM reach ORDER BY connection_id').map(recordOf)

/**
 * Writes what was chosen, with its secrets, and what is left by it. The address of another kind of way is forgotten.
 *
 * @returns what is kept now
 */
export function chooseWay(db: Writing, choice: Choice): ReachRecord {
  const { connectionId, settings, secrets, leaving, again } = choice
  if (leaving) addLeaving(db, leaving)
  if (again) takeLeavingBack(db, again)
  for (const { name, sealed } of secrets) {
    if (sealed) putSecret(db, name, sealed)
    else deleteSecret(db, name)
  }
  db.run(
    `INSERT INTO reach (connection_id, settings, choice) VALUES (@connectionId, @settings, 1)
     ON CONFLICT (connection_id) DO UPDATE SET settings = excluded.settings, choice = reach.choice + 1,
       public_url = CASE WHEN reach.settings ->> 'way' = excluded.settings ->> 'way' THEN reach.public_url END`,
    { connectionId, settings: JSON.stringify(settings) },
  )
  const row = db.get<ReachRow>('SELECT * FROM reach WHERE connection_id = ?', connectionId)
  if (!row) throw new Error('what was written is not there')
  return recordOf(row)
}

/** Notes at which address a choice came up; of one that no longer holds nothing is noted. */
export const noteWayUp = (
  db: Writing,
  { connectionId, choice, publicUrl }: Pick<ReachRecord, 'connectionId' | 'choice' | 'publicUrl'>,
): void => {
  db.run('UPDATE reach SET public_url = ? WHERE connection_id = ? AND choice = ?', publicUrl, connectionId, choice)
}

/** Notes which host key is trusted, and whose it is: it holds for that server, whatever is chosen. */
export const pinHostKey = (
  db: Writing,
  { connectionId, hostKey, hostKeyOf }: Pick<ReachRecord, 'connectionId' | 'hostKey' | 'hostKeyOf'>,
): void => {
  db.run('UPDATE reach SET host_key = ?, host_key_of = ? WHERE connection_id = ?', hostKey, hostKeyOf, connectionId)
}
