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
 * How long calls and callbacks are kept. Read by themselves: where they cannot be, nothing is deleted, rather than what
 * the defaults would delete.
 */
export function recordLimits(db: Reading): Limits {
  const rows = db.all<{ name: string; value: string }>(`SELECT name, value FROM settings WHERE name LIKE 'record%'`)
  const stored = Object.fromEntries(rows.map((row) => [row.name, JSON.parse(row.value) as unknown]))
  const parsed = settingsSchema.pick({ recordDays: true, recordMegabytes: true }).safeParse(stored)
  return parsed.success
    ? { days: parsed.data.recordDays, megabytes: parsed.data.recordMegabytes }
    : { days: 0, megabytes: 0 }
}

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
