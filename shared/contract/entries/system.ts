import { z } from 'zod'
import { errorCodes, localeSchema } from '../errors.ts'
import { changesOf, done, id, time } from '../common.ts'
import { entry } from '../define.ts'
import { paceSchema } from './pace.ts'
import { vaultKind } from './vault.ts'

/** Where callbacks come in on this machine: one listener for all connections. */
export const listenerSettingsSchema = z.object({
  /** `127.0.0.1`: only from this machine. `0.0.0.0` or `::`: on every network of it. */
  address: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').default('127.0.0.1'),
  /** 0: the port that was used before, at first a free one. */
  port: z.int().min(0).max(65_535).default(0),
  /** Paths of the certificate (with its chain) and of its key, PEM, on the engine's machine; both empty: no TLS. */
  tlsCert: z.string().max(1000).default(''),
  tlsKey: z.string().max(1000).default(''),
})
export type ListenerSettings = z.output<typeof listenerSettingsSchema>

/** The engine's settings; each has its default here. */
export const settingsSchema = z.object({
  /** Interface language; `auto` follows the system. */
  language: z.enum(['auto', ...localeSchema.options]).default('auto'),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  density: z.enum(['roomy', 'compact']).default('roomy'),
  /** Whether a new message calls: a notification, with a sound unless that is off. */
  notifications: z.boolean().default(true),
  /** Whether name and words stand in the notification. */
  notificationPreview: z.boolean().default(true),
  notificationSound: z.boolean().default(true),
  /** No calls from one minute of the day to another, in the operator's zone; also over midnight. */
  quietHours: z.boolean().default(false),
  quietFrom: z.int().min(0).max(1439).default(1320),
  quietTo: z.int().min(0).max(1439).default(480),
  /** Minutes without a touch after which the screen locks, where a lock is set; 0: only by hand. */
  lockAfterMinutes: z.int().min(0).max(1440).default(10),
  /** How long a message waits in the outbox so that it can be called back, in seconds; 0: not at all. */
  recallSeconds: z.int().min(0).max(60).default(0),
  /** Where the callback listener listens, unless the command line says so. */
  listener: listenerSettingsSchema.prefault({}),
  /** The pace of all robots; one robot can have its own. */
  pace: paceSchema.prefault({}),
  /**
   * Minutes after which a reply that could not go (robot, network or application were away) is held back until the
   * operator has looked at it. The pace and its quiet hours do not count. 0: it goes however late.
   */
  lateSendMinutes: z.int().min(0).max(10_080).default(30),
  /** How robots that dropped are logged in again from the platform's cache, where that is switched on for them. */
  relogin: z
    .object({
      /** Before the first attempt, in milliseconds; doubled after each that failed. */
      firstPauseMs: z.int().min(1).max(3_600_000).default(30_000),
      /** How many attempts in a row; then it is left to the operator. */
      attempts: z.int().min(1).max(100).default(5),
    })
    .prefault({}),
  /** Whether a backup is made each day. */
  backupDaily: z.boolean().default(true),
  /** How many backups that were made by themselves are kept. */
  backupKeep: z.int().min(1).max(365).default(7),
  /** Days after which calls and callbacks are deleted; 0: never for their age. */
  recordDays: z.int().min(0).max(3650).default(90),
  /** Room that calls and callbacks may take, in megabytes; beyond it the oldest go, but none younger than an hour. 0: no limit. */
  recordMegabytes: z.int().min(0).max(1_000_000).default(1024),
  /** Days after which messages are deleted; 0: never for their age. What is unread, in doubt or the last of its conversation stays. */
  messageDays: z.int().min(0).max(36_500).default(0),
  /** Room that messages may take, in megabytes; beyond it the oldest go, but none younger than an hour. 0: no limit. */
  messageMegabytes: z.int().min(0).max(1_000_000).default(0),
  /** Days after which a picture that nobody looked at is deleted from this machine; 0: never for its age. */
  mediaDays: z.int().min(0).max(36_500).default(0),
  /** Room that pictures may take on this machine, in megabytes; beyond it those that were not looked at for longest go. */
  mediaMegabytes: z.int().min(16).max(1_000_000).default(512),
  /** How long the link of a picture of this machine leads to it, in days. */
  pictureDays: z.int().min(1).max(365).default(7),
  /** Longest side of such a picture, in pixels; the screens scale to it. */
  pictureSide: z.int().min(256).max(8192).default(2048),
})
export type Settings = z.output<typeof settingsSchema>

/** What is left out stays as it is, also inside `listener`, `pace` and `relogin`. */
export const settingsChangesSchema = changesOf(settingsSchema)
export type SettingsChanges = z.output<typeof settingsChangesSchema>

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
  listener: z.object({
    /** For this machine alone. */
    url: z.string().nullable(),
    port: z.int().nullable(),
    /** What the command line says of where it listens: there the settings say nothing. */
    fixed: z.array(z.enum(['address', 'port', 'tls'])),
  }),
  /** How secrets are protected at rest. */
  vault: z.object({ kind: vaultKind }),
  sandbox: z.object({
    state: z.enum(['stopped', 'starting', 'running', 'failed']),
    /** The sandbox's own page. */
    pageUrl: z.string().nullable(),
    connectionId: id.nullable(),
  }),
  notices: z.array(noticeSchema),
  /** Why the data cannot be used, where it cannot: then only backups and salvage are served. */
  rescue: noticeSchema.nullable(),
})
export type SystemInfo = z.output<typeof systemInfoSchema>

export const systemEntries = {
  'settings.get': entry('All settings.', z.object({}), settingsSchema),
  'settings.set': entry(
    'Changes the settings that are given; what is left out stays, also inside `listener`, `pace` and `relogin`.',
    settingsChangesSchema,
    done,
    ['tls-unusable', 'port-in-use', 'listener-failed'],
  ),
  'system.info': entry('What runs here and in what state it is.', z.object({}), systemInfoSchema),
  'system.storage': entry(
    'How much room is taken, and by what.',
    z.object({}),
    z.object({
      /** The database with its log. */
      databaseBytes: z.int(),
      /** What of it is free, and is used again. */
      unusedBytes: z.int(),
      messages: z.int(),
      callbacks: z.int(),
      calls: z.int(),
      mediaBytes: z.int(),
      backupBytes: z.int(),
      archiveBytes: z.int(),
      /** Free on the disk; null where nobody can tell. */
      freeBytes: z.int().nullable(),
    }),
  ),
  'sandbox.start': entry(
    'Starts the built-in sandbox platform and connects to it: a connection, three robots, all logging in.',
    z.object({}),
    z.object({ connectionId: id }),
    ['sandbox-failed'],
  ),
  'sandbox.stop': entry('Stops the sandbox process; its connection and history stay.', z.object({}), done),
}
