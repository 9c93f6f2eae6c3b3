/** The engine's settings, one row each; what is not set has the schema's default. */
import { settingsSchema, type Settings, type SettingsChanges } from '#shared/contract/entries/system.ts'
import type { Reading, Writing } from './database.ts'
import type { Limits } from './retention.ts'

export function getSettings(db: Reading): Settings {
  const rows = db.all<{ name: string; value: string }>(`SELECT name, value FROM settings WHERE name NOT LIKE '.%'`)
  const stored = Object.fromEntries(rows.map((row) => [row.name, JSON.parse(row.value) as unknown]))
  const parsed = settingsSchema.safeParse(stored)
  // A value that this version no longer allows falls back to its default instead of stopping the application.
  return parsed.success ? parsed.data : settingsSchema.parse({})
}

/**
 * How long something is kept. Read by itself: where it cannot be, nothing is deleted, rather than what the defaults
 * would delete.
 */
function limitsOf(db: Reading, days: LimitName<'Days'>, megabytes: LimitName<'Megabytes'>): Limits {
  const rows = db.all<{ name: string; value: string }>(
    'SELECT name, value FROM settings WHERE name IN (?, ?)',
    days,
    megabytes,
  )
  const stored = Object.fromEntries(rows.map((row) => [row.name, JSON.parse(row.value) as unknown]))
  const shape = settingsSchema.shape
  const [age, size] = [shape[days].safeParse(stored[days]), shape[megabytes].safeParse(stored[megabytes])]
  return age.success && size.success ? { days: age.data, megabytes: size.data } : { days: 0, megabytes: 0 }
}
type LimitName<Unit extends string> = `${'record' | 'message'}${Unit}`

/** How long calls and callbacks are kept. */
export const recordLimits = (db: Reading): Limits => limitsOf(db, 'recordDays', 'recordMegabytes')

/** How long messages are kept. */
export const messageLimits = (db: Reading): Limits => limitsOf(db, 'messageDays', 'messageMegabytes')

/** @param changes what is left out stays, also inside an object */
export function setSettings(db: Writing, changes: SettingsChanges): void {
  const present: Record<string, unknown> = getSettings(db)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue
    const before = present[name]
    const isObject = typeof value === 'object' && typeof before === 'object'
    setValue(db, name, isObject ? { ...before, ...value } : value)
  }
}

/** A value of the engine's own, beside the settings; its name begins with a dot. */
export function getValue(db: Reading, name: `.${string}`): unknown {
  const row = db.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)
  return row ? (JSON.parse(row.value) as unknown) : null
}

export const setValue = (db: Writing, name: string, value: unknown): void => {
  db.run(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    name,
    JSON.stringify(value),
  )
}
