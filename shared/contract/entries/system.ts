import { z } from 'zod'
import { errorCodes, localeSchema } from '../errors.ts'
import { changesOf, done, id, time } from '../common.ts'
import { entry } from '../define.ts'

/** The engine's settings; each has its default here. */
export const settingsSchema = z.object({
  /** Interface language; `auto` follows the system. */
  language: z.enum(['auto', ...localeSchema.options]).default('auto'),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  density: z.enum(['roomy', 'compact']).default('roomy'),
  /** Minutes without a touch after which the screen locks, where a lock is set; 0: only by hand. */
  lockAfterMinutes: z.int().min(0).max(1440).default(10),
  /** Least time between two sends of one robot, in milliseconds. */
  sendGapMs: z.int().min(0).max(600_000).default(300),
})
export type Settings = z.output<typeof settingsSchema>

/** Something that is wrong now and that the operator should know of. */
export const noticeSchema = z.object({
  code: z.enum(errorCodes),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  since: time,
})
export type Notice = z.output<typeof noticeSchema>

export const systemInfoSchema = z.object({
  version: z.string(),
  contractVersion: z.int(),
  host: z.enum(['desktop', 'headless']),
  platform: z.string(),
  startedAt: time,
  dataDir: z.string(),
  listener: z.object({ url: z.string().nullable(), port: z.int().nullable() }),
  /** How secrets are protected at rest. */
  vault: z.object({ kind: z.enum(['os', 'os-plain', 'passphrase', 'key-file']) }),
  sandbox: z.object({
    state: z.enum(['stopped', 'starting', 'running', 'failed']),
    /** The sandbox's own page. */
    pageUrl: z.string().nullable(),
    connectionId: id.nullable(),
  }),
  notices: z.array(noticeSchema),
})
export type SystemInfo = z.output<typeof systemInfoSchema>

export const systemEntries = {
  'settings.get': entry('All settings.', z.object({}), settingsSchema),
  'settings.set': entry('Changes the settings that are given.', changesOf(settingsSchema), done),
  'system.info': entry('What runs here and in what state it is.', z.object({}), systemInfoSchema),
  'system.backup': entry('Makes a backup of the database.', z.object({}), z.object({ path: z.string() }), [
    'not-available',
  ]),
  'sandbox.start': entry(
    'Starts the built-in sandbox platform and connects to it: a connection, three robots, all logging in.',
    z.object({}),
    z.object({ connectionId: id }),
    ['sandbox-failed'],
  ),
  'sandbox.stop': entry('Stops the sandbox process; its connection and history stay.', z.object({}), done),
}
