/** What risk codes of the platform forbid, a table of each connection; and the codes that robots have now. */
import { AppError } from '#shared/contract/errors.ts'
import type { RobotAction } from '#shared/contract/entries/pace.ts'
import type { Changes } from './changes.ts'
import { getConnection, updateAdvanced } from './connections.ts'
import type { Reading, Writing } from './database.ts'
import type { KeptLimit } from './robots.ts'

interface RiskCode {
  code: string
  text: string
  forbids: RobotAction[] | null
  robots: number
}

/** The codes of the table and those that robots have now, by code. */
export function listLimits(db: Reading, connectionId: number): RiskCode[] {
  const table = getConnection(db, connectionId)?.advanced.riskCodes ?? {}
  const codes = new Map<string, RiskCode>(
    Object.entries(table).map(([code, forbids]) => [code, { code, text: '', forbids, robots: 0 }]),
  )
  const rows = db.all<{ limits: string }>(
    `SELECT limits FROM robots WHERE connection_id = ? AND limits <> '[]' ORDER BY id`,
    connectionId,
  )
  for (const row of rows) {
    for (const { code, text } of JSON.parse(row.limits) as KeptLimit[]) {
      const known = codes.get(code) ?? { code, text: '', forbids: null, robots: 0 }
      codes.set(code, { ...known, text: known.text || text, robots: known.robots + 1 })
    }
  }
  return [...codes.values()].sort((one, other) => one.code.localeCompare(other.code, 'en', { numeric: true }))
}

/** Sets what a code forbids, or takes it out of the table. @throws AppError not-found */
export function setLimit(
  db: Writing,
  changes: Changes,
  { connectionId, code, forbids }: { connectionId: number; code: string; forbids: RobotAction[] | null },
): void {
  const connection = getConnection(db, connectionId)
  if (!connection) throw new AppError('not-found', { what: 'connection' })
  const { [code]: _present, ...others } = connection.advanced.riskCodes
  const riskCodes = forbids === null ? others : { ...others, [code]: [...new Set(forbids)] }
  updateAdvanced(db, connectionId, { ...connection.advanced, riskCodes })
  tableChanged(db, changes, connectionId)
}

/** What its limits forbid may be something else now: a robot that has any is told anew, and looks at its outbox. */
export function tableChanged(db: Reading, changes: Changes, connectionId: number): void {
  const rows = db.all<{ id: number }>(`SELECT id FROM robots WHERE connection_id = ? AND limits <> '[]'`, connectionId)
  for (const { id } of rows) {
    changes.robot(id)
    changes.wakeRobot(id, 'activity')
  }
}
