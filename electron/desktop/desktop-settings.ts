/** The settings of this machine: how a file of them is read, and how they change. */
import { desktopSettingsSchema, type DesktopChanges, type DesktopSettings } from '#shared/contract/desktop.ts'

/** Reads settings field by field, so that one that is spoilt costs no other. */
export function readSettings(kept: unknown): DesktopSettings {
  const whole = typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : {}
  const usable = Object.entries(desktopSettingsSchema.shape).flatMap(([name, field]) => {
    const read = field.safeParse(whole[name])
    return read.success ? [[name, read.data] as const] : []
  })
  return desktopSettingsSchema.parse(Object.fromEntries(usable))
}

/** What is named is changed, also inside an object. */
export function withChanges(settings: DesktopSettings, changes: DesktopChanges): DesktopSettings {
  return desktopSettingsSchema.parse({
    ...settings,
    ...changes,
    proxy: { ...settings.proxy, ...changes.proxy },
    updates: { ...settings.updates, ...changes.updates },
  })
}
