/** Relays that were left, and what has to be known to fetch and take back there what is this host's. */
import { reachSettingsSchema, type SettingsOf } from '#shared/contract/entries/reach.ts'
import type { Reading, Writing } from './database.ts'
import { deleteSecrets, putSecret, type SealedSecret } from './secrets.ts'

/** The vault's name for a secret of a relay that was left begins so. */
export const leavingSecretPrefix = (id: number): string => `leaving/${id}/`

/** Where it is remembered how a connection stands at its relay, and how it stood at one that was left. */
export const relayValue = (connectionId: number): `.${string}` => `.relay-${connectionId}`
export const leavingValue = (id: number): `.${string}` => `.relay-left-${id}`

export interface LeavingRecord {
  readonly id: number
  readonly connectionId: number
  readonly merchantNo: string
  readonly settings: SettingsOf<'relay'>
  /** Milliseconds UTC. */
  readonly since: number
}

export interface NewLeaving extends LeavingRecord {
  readonly secrets: readonly SealedSecret[]
}

interface LeavingRow {
  id: number
  connection_id: number
  merchant_no: string
  settings: string
  since: number
}

/** Oldest first. What this version cannot read is left to the one that wrote it. */
export const listLeavings = (db: Reading): LeavingRecord[] =>
  db.all<LeavingRow>('SELECT * FROM leavings ORDER BY since, id').flatMap((row) => {
    const { data: settings } = reachSettingsSchema.safeParse(JSON.parse(row.settings))
    if (settings?.way !== 'relay') return []
    const { id, connection_id: connectionId, merchant_no: merchantNo, since } = row
    return [{ id, connectionId, merchantNo, settings, since }]
  })

const moveValue = (db: Writing, from: string, to: string): void => {
  db.run('DELETE FROM settings WHERE name = ?', to)
  db.run('UPDATE settings SET name = ? WHERE name = ?', to, from)
}

/** Notes that a relay was left: to be done in the transaction that leaves it. */
export function addLeaving(db: Writing, { secrets, ...leaving }: NewLeaving): void {
  db.run(
    `INSERT INTO leavings (id, connection_id, merchant_no, settings, since)
     VALUES (@id, @connectionId, @merchantNo, @settings, @since)`,
    { ...leaving, settings: JSON.stringify(leaving.settings) },
  )
  for (const { name, sealed } of secrets) if (sealed) putSecret(db, name, sealed)
  moveValue(db, relayValue(leaving.connectionId), leavingValue(leaving.id))
}

/** Nothing is left to do there, or nobody wants it done any more. */
export function endLeaving(db: Writing, id: number): void {
  db.run('DELETE FROM leavings WHERE id = ?', id)
  db.run('DELETE FROM settings WHERE name = ?', leavingValue(id))
  deleteSecrets(db, leavingSecretPrefix(id))
}

/** The same relay is chosen again: it is as if it had not been left. */
export function takeLeavingBack(db: Writing, { id, connectionId }: Pick<LeavingRecord, 'id' | 'connectionId'>): void {
  if (!db.get('SELECT 1 FROM leavings WHERE id = ?', id)) return
  moveValue(db, leavingValue(id), relayValue(connectionId))
  endLeaving(db, id)
}
