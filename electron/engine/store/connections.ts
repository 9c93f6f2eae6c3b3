/** Connections as kept. Private keys are not here but in secrets.ts, sealed. */
import { advancedSchema, type Advanced } from '#shared/contract/entries/connections.ts'
import type { SignType } from '#shared/protocol/envelope.ts'
import type { Reading, Writing } from './database.ts'
import { forgetSizes } from './retention.ts'

export interface ConnectionRecord {
  id: number
  name: string
  gatewayUrl: string
  appId: string
  merchantNo: string
  methodPrefix: string
  signType: SignType
  timeZone: string
  publicKeyPem: string
  publicKeyFingerprint: string
  platformPublicKeyPem: string | null
  advanced: Advanced
  callbackSecret: string
  sandbox: boolean
  createdAt: number
  /** The secret before the present one, and until when it is still taken. */
  oldSecret: { secret: string; until: number; uses: number; usedAt: number | null } | null
  /** Callbacks from addresses that are not allowed. */
  refusedSources: { count: number; lastAt: number; lastAddress: string } | null
  /** The key that is to take the place of the present one; its private half is in the vault. */
  nextKey: { publicKeyPem: string; publicKeyFingerprint: string; since: number } | null
}

interface ConnectionRow {
  id: number
  name: string
  gateway_url: string
  app_id: string
  merchant_no: string
  method_prefix: string
  sign_type: SignType
  time_zone: string
  public_key_pem: string
  public_key_fingerprint: string
  platform_public_key_pem: string | null
  advanced: string
  callback_secret: string
  sandbox: number
  created_at: number
  old_callback_secret: string | null
  old_secret_until: number | null
  old_secret_uses: number
  old_secret_used_at: number | null
  refused_sources: number
  refused_source_at: number | null
  refused_source: string | null
  next_key_pem: string | null
  next_key_fingerprint: string | null
  next_key_since: number | null
}

/** Read through the schema, so that a setting added later gets its default. One time-out for all became one for each. */
function storedAdvanced(text: string): Advanced {
  const { operationTimeoutMs: all, ...stored } = JSON.parse(text) as Record<string, unknown>
  const given = all === undefined ? {} : { logoutTimeoutMs: all, listTimeoutMs: all, groupTimeoutMs: all }
  return advancedSchema.parse({ ...given, ...stored })
}

const fromRow = (row: ConnectionRow): ConnectionRecord => ({
  id: row.id,
  name: row.name,
  gatewayUrl: row.gateway_url,
  appId: row.app_id,
  merchantNo: row.merchant_no,
  methodPrefix: row.method_prefix,
  signType: row.sign_type,
  timeZone: row.time_zone,
  publicKeyPem: row.public_key_pem,
  publicKeyFingerprint: row.public_key_fingerprint,
  platformPublicKeyPem: row.platform_public_key_pem,
  advanced: storedAdvanced(row.advanced),
  callbackSecret: row.callback_secret,
  sandbox: row.sandbox === 1,
  createdAt: row.created_at,
  oldSecret:
    row.old_callback_secret === null
      ? null
      : {
          secret: row.old_callback_secret,
          until: row.old_secret_until ?? 0,
          uses: row.old_secret_uses,
          usedAt: row.old_secret_used_at,
        },
  refusedSources:
    row.refused_sources === 0
      ? null
      : { count: row.refused_sources, lastAt: row.refused_source_at ?? 0, lastAddress: row.refused_source ?? '' },
  nextKey:
    row.next_key_pem === null || row.next_key_fingerprint === null
      ? null
      : {
          publicKeyPem: row.next_key_pem,
          publicKeyFingerprint: row.next_key_fingerprint,
          since: row.next_key_since ?? 0,
        },
})

export const listConnections = (db: Reading): ConnectionRecord[] =>
  db.all<ConnectionRow>('SELECT * FROM connections ORDER BY id').map(fromRow)

export function getConnection(db: Reading, id: number): ConnectionRecord | undefined {
  const row = db.get<ConnectionRow>('SELECT * FROM connections WHERE id = ?', id)
  return row && fromRow(row)
}

/** What saving writes; the rest has ways of its own. */
export type ConnectionFields = Omit<ConnectionRecord, 'id' | 'createdAt' | 'oldSecret' | 'refusedSources' | 'nextKey'>

const bind = (fields: ConnectionFields) => ({
  name: fields.name,
  gatewayUrl: fields.gatewayUrl,
  appId: fields.appId,
  merchantNo: fields.merchantNo,
  methodPrefix: fields.methodPrefix,
  signType: fields.signType,
  timeZone: fields.timeZone,
  publicKeyPem: fields.publicKeyPem,
  publicKeyFingerprint: fields.publicKeyFingerprint,
  platformPublicKeyPem: fields.platformPublicKeyPem,
  advanced: JSON.stringify(fields.advanced),
  callbackSecret: fields.callbackSecret,
  sandbox: fields.sandbox ? 1 : 0,
})

/** @returns the new connection's id */
export const insertConnection = (db: Writing, fields: ConnectionFields, at: number): number =>
  db.run(
    `INSERT INTO connections (name, gateway_url, app_id, merchant_no, method_prefix, sign_type, time_zone,
       public_key_pem, public_key_fingerprint, platform_public_key_pem, advanced, callback_secret, sandbox, created_at)
     VALUES (@name, @gatewayUrl, @appId, @merchantNo, @methodPrefix, @signType, @timeZone,
       @publicKeyPem, @publicKeyFingerprint, @platformPublicKeyPem, @advanced, @callbackSecret, @sandbox, @at)`,
    { ...bind(fields), at },
  ).id

export const updateConnection = (db: Writing, id: number, fields: ConnectionFields): void => {
  db.run(
    `UPDATE connections SET name = @name, gateway_url = @gatewayUrl, app_id = @appId, merchant_no = @merchantNo,
       method_prefix = @methodPrefix, sign_type = @signType, time_zone = @timeZone, public_key_pem = @publicKeyPem,
       public_key_fingerprint = @publicKeyFingerprint, platform_public_key_pem = @platformPublicKeyPem,
       advanced = @advanced, sandbox = @sandbox
     WHERE id = @id`,
    { ...bind(fields), id },
  )
}

export const updateAdvanced = (db: Writing, id: number, advanced: Advanced): void => {
  db.run('UPDATE connections SET advanced = ? WHERE id = ?', JSON.stringify(advanced), id)
}

export const deleteConnection = (db: Writing, id: number): void => {
  db.run('DELETE FROM connections WHERE id = ?', id)
  forgetSizes(db)
}
