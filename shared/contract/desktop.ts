/**
 * What the window may ask of the desktop host beside the engine's contract: what belongs to this one machine.
 * It travels over IPC alone; the headless host has nothing of it.
 */
import { z } from 'zod'
import type { Answer } from './index.ts'
import { changesOf, done, id, peer } from './common.ts'
import { entry, event } from './define.ts'
import { errorSchema } from './errors.ts'
import { isOwnMachine } from '../security/own-machine.ts'

/** Keys as Electron writes them, with at least one that is not typed by itself; empty: none. */
const accelerator = z
  .string()
  .max(40)
  .regex(/^$|^((CommandOrControl|Control|Alt|Shift|Super)\+)+([A-Z0-9]|F([1-9]|1\d|2[0-4])|Space|Up|Down|Left|Right)$/)

/** A server with its port, as `proxy.example:3128` or `socks5://proxy.example:1080`. */
export const proxyServer = z
  .string()
  .max(200)
  .regex(/^(?:(?:https?|socks5):\/\/)?(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:]+\]):[1-9]\d{0,4}$/i)

/** The address of a server: an origin over TLS, or in clear on this machine alone. */
export const serverAddress = z
  .string()
  .max(300)
  .refine((text) => {
    if (!URL.canParse(text)) return false
    const { protocol, hostname, username, password, pathname, search, hash } = new URL(text)
    if (username || password || pathname !== '/' || search || hash) return false
    return protocol === 'https:' || (protocol === 'http:' && isOwnMachine(hostname))
  }, 'must be an address such as https://chat.example.com')

/** A server as the operator names it. It is kept sealed, with its token, and the token never comes back. */
export const serverChoiceSchema = z.object({
  address: serverAddress,
  /** Empty: the one that is kept for this address. */
  token: z
    .string()
    .max(512)
    .regex(/^[\x21-\x7e]*$/),
  /** The certificate of its own authority, PEM; then that one alone counts. Empty: those of the application. */
  authority: z.string().max(100_000),
})
export type ServerChoice = z.output<typeof serverChoiceSchema>

/** Whose data the application on this computer shows. */
export const desktopServerSchema = z.object({
  /** Whose it will be from the next start on. */
  uses: z.enum(['own', 'server']),
  /** Whose it is now. */
  running: z.enum(['own', 'server']),
  /** The server whose window this is now; null: none, or it is not known. */
  address: z.string().nullable(),
  /** Whether another server, token or choice waits for the next start. */
  isPending: z.boolean(),
  /** The server that is kept, used or not. */
  remembered: serverChoiceSchema.omit({ token: true }).nullable(),
  /** Why the server cannot be reached now. */
  problem: errorSchema.nullable(),
})
export type DesktopServer = z.output<typeof desktopServerSchema>

/** Settings of this one machine. They lie in `desktop.json`, apart from the data, which may move to another. */
export const desktopSettingsSchema = z.object({
  /** What closing the window does: `ask` until the operator has said. */
  onClose: z.enum(['ask', 'hide', 'quit']).default('ask'),
  /** Whether a minimised window leaves the task bar for the tray. */
  minimizeToTray: z.boolean().default(false),
  openAtLogin: z.boolean().default(false),
  /** Whether it then begins in the tray. */
  hiddenAtLogin: z.boolean().default(true),
  /** Shows the window from anywhere. */
  shortcut: accelerator.default(''),
  /** Languages whose spelling is checked; none: not checked. Left to the system on macOS. */
  spellLanguages: z
    .array(z.string().regex(/^[a-z]{2,3}(-[A-Za-z\d]{2,8})*$/))
    .max(8)
    .default([]),
  /** The way to the platform. `server` counts with `own`. */
  proxy: z
    .object({
      mode: z.enum(['system', 'none', 'own']).default('system'),
      server: z.union([z.literal(''), proxyServer]).default(''),
    })
    .prefault({}),
  updates: z
    .object({
      /** Whether a new version is looked for and fetched by itself. */
      automatic: z.boolean().default(true),
      channel: z.enum(['latest', 'beta']).default('latest'),
    })
    .prefault({}),
})
export type DesktopSettings = z.output<typeof desktopSettingsSchema>

export const desktopChangesSchema = changesOf(desktopSettingsSchema)
export type DesktopChanges = z.output<typeof desktopChangesSchema>

/** Where an update stands. */
export const updateStateSchema = z.object({
  step: z.enum(['off', 'idle', 'checking', 'downloading', 'ready', 'installing', 'failed']),
  /** The version that is under way or ready. */
  version: z.string().nullable(),
  /** What its makers wrote about it, as plain text. */
  notes: z.string(),
  /** Of the download, 0 to 100. */
  percent: z.number().nullable(),
  /** While it waits for what is being sent: how many tasks are under way, and until when it waits, milliseconds UTC. */
  waits: z.object({ tasks: z.int(), until: z.int() }).nullable(),
  /** Whether it waited in vain for as long as it may; the operator is asked again. */
  waitedInVain: z.boolean(),
  /** Why the last attempt came to nothing. */
  problem: z.string().nullable(),
  /** When it was last looked for, milliseconds UTC. */
  checkedAt: z.int().nullable(),
})
export type UpdateState = z.output<typeof updateStateSchema>

export const desktopStateSchema = z.object({
  settings: desktopSettingsSchema,
  platform: z.string(),
  /** `taken`: another program has these keys. */
  shortcut: z.enum(['off', 'works', 'taken']),
  spelling: z.object({
    /** Whether the system checks by its own settings. */
    bySystem: z.boolean(),
    available: z.array(z.string()),
    /** Whether the choice counts from the next start on only. */
    needsRestart: z.boolean(),
  }),
  update: updateStateSchema,
  server: desktopServerSchema,
})
export type DesktopState = z.output<typeof desktopStateSchema>

/** Where something outside the window (a link, a notification, a menu) leads. */
export const destinationSchema = z.discriminatedUnion('to', [
  z.object({ to: z.enum(['inbox', 'settings', 'help']) }),
  z.object({ to: z.literal('report') }),
  z.object({ to: z.literal('conversation'), robotId: id, peer }),
])
export type Destination = z.output<typeof destinationSchema>

export const desktopEntries = {
  'desktop.get': entry('The settings of this machine, and what came of them.', z.object({}), desktopStateSchema),
  'desktop.set': entry('Changes them; what is left out stays.', desktopChangesSchema, desktopStateSchema),
  'desktop.arrive': entry(
    'Takes what the window was asked to show and has not yet shown.',
    z.object({}),
    z.object({ destination: destinationSchema.nullable() }),
  ),
  'desktop.showLogs': entry('Shows the log in the system’s file manager.', z.object({}), done),
  'server.test': entry('Tries a server once, without keeping anything.', serverChoiceSchema, done),
  'server.use': entry(
    'Tries a server and keeps it: it is used from the next start on.',
    serverChoiceSchema,
    desktopStateSchema,
  ),
  'server.own': entry(
    'Uses this computer’s own data from the next start on. `forget`: the server and its token go at once.',
    z.object({ forget: z.boolean() }),
    desktopStateSchema,
  ),
  'server.retry': entry('Tries the server now, and does not wait for the next attempt.', z.object({}), done),
  'desktop.restart': entry('Ends the application in order and starts it again.', z.object({}), done),
  'updates.check': entry('Looks for a new version now.', z.object({}), done),
  'updates.install': entry('Installs the version that is ready, once nothing is being sent.', z.object({}), done),
  'updates.cancel': entry('Calls an installation off that still waits for what is being sent.', z.object({}), done),
}
export type DesktopEntry = keyof typeof desktopEntries
export type DesktopInput<Name extends DesktopEntry> = z.input<(typeof desktopEntries)[Name]['input']>
export type DesktopResult<Name extends DesktopEntry> = z.output<(typeof desktopEntries)[Name]['output']>

export const desktopEvents = {
  'desktop.changed': event('Settings of this machine, or what came of them, changed.', desktopStateSchema),
  'desktop.waiting': event('There is something to show: take it by desktop.arrive.', z.object({})),
  'desktop.sound': event('A message called; where the system makes no sound, the window does.', z.object({})),
}
export type DesktopEvent = {
  [Name in keyof typeof desktopEvents]: { event: Name; data: z.output<(typeof desktopEvents)[Name]['data']> }
}[keyof typeof desktopEvents]

/** The part of the bridge that only the desktop has. */
export interface DesktopBridge {
  /** Never rejects: what goes wrong is an answer with `ok: false`. */
  call<Name extends DesktopEntry>(entry: Name, input: DesktopInput<Name>): Promise<Answer<DesktopResult<Name>>>
  /** @returns a function that ends it */
  onEvent(listener: (event: DesktopEvent) => void): () => void
}
