/** What is chosen is written by the choice alone: a way that comes up meanwhile notes its address, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Notices } from '#engine/notices.ts'
import type { Connections } from '#engine/platform/connections.ts'
import { Reach } from '#engine/reach/reach.ts'
import { endless, type OpenWay } from '#engine/reach/way.ts'
import { Database } from '#engine/store/database.ts'
import { readerMethods, writerMethods } from '#engine/store/methods.ts'
import { migrate } from '#engine/store/migrations/index.ts'
import { listReach } from '#engine/store/reach.ts'
import { secretNames } from '#engine/store/secrets.ts'
import type { Store } from '#engine/store/store.ts'
import type { Vault } from '#engine/vault/vault.ts'
import { until } from '../../support/desk.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

let folder: string
let db: Database
let reach: Reach
/** Opens the way that was begun last. */
let comeUp: (publicUrl: string) => void
/** Holds a write of the store back until it resolves, and tells that it came. */
let held: { resolve(value: undefined): void; promise: Promise<undefined> } | null
let written: string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-choice-'))
  db = new Database(join(folder, 'x.db'), 'write')
  migrate(db)
  db.script(`INSERT INTO connections (id, name, gateway_url, app_id, merchant_no, method_prefix, sign_type, time_zone,
    public_key_pem, public_key_fingerprint, advanced, callback_secret, created_at)
    VALUES (1, 'Shop', 'http://127.0.0.1:9/', 'app', 'M1', 'xx.xx', 'RSA2', 'UTC', '', '', '{}', 'secret', 1)`)
  held = null
  written = []
  const store = {
    read: (name: string, input: unknown) =>
      Promise.resolve((readerMethods as Record<string, (db: unknown, input: unknown) => unknown>)[name]?.(db, input)),
    write: async (name: string, input: unknown) => {
      const work = writerMethods as unknown as Record<string, (context: unknown, input: unknown) => unknown>
      const result = db.transaction(() => work[name]?.({ db }, input))
      written.push(name)
      // The answer of a choice is still on its way across the threads when a way comes up.
      if (/^reach\.(choose|save)$/.test(name)) await held?.promise
      return result
    },
  }
  const connection = { id: 1, name: 'Shop', merchantNo: 'M1', callbackSecret: 'secret' }
  reach = new Reach({
    store: store as unknown as Store,
    vault: {
      get: () => Promise.resolve(null),
      sealed: (_name: string, text: string) => Buffer.from(text),
    } as unknown as Vault,
    connections: { all: () => [connection], get: () => connection, has: () => true } as unknown as Connections,
    notices: new Notices(() => undefined, silent),
    ways: { up: () => undefined, down: () => undefined },
    door: () => ({ host: '127.0.0.1', port: 1 }),
    callbackUrl: () => 'http://127.0.0.1/callback/secret',
    lastCallbackAt: () => undefined,
    changed: () => undefined,
    log: silent,
    outside: () => Promise.resolve(null),
    makeWay: () => ({
      open: (signal) =>
        new Promise<OpenWay>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('no longer wanted')))
          comeUp = (publicUrl) => resolve({ publicUrl, ended: endless, close: () => Promise.resolve() })
        }),
    }),
  })
  await reach.load()
  await reach.start()
})
afterEach(async () => {
  await reach.stop()
  db.close()
  rmSync(folder, { recursive: true, force: true })
})

const kept = () => listReach(db)[0]
const chosen = (url: string) => ({ settings: { way: 'direct', publicUrl: url } as const, secrets: {} })

it('a way that comes up while another choice is being kept changes nothing of it', async () => {
  await reach.save(1, { settings: { way: 'ngrok', domain: null }, secrets: {} })
  const lateUp = comeUp
  held = Promise.withResolvers<undefined>()
  const saving = reach.save(1, chosen('https://chosen.example'))
  await until('it to be written', () => written.filter((name) => name !== 'reach.noteUp').length === 2)
  lateUp('https://another.example')
  await until('the former to be up', () => reach.item(1).publicUrl === 'https://another.example')
  held.resolve(undefined)
  await saving
  expect(reach.item(1)).toMatchObject({ publicUrl: 'https://chosen.example', settings: { way: 'direct' } })
  expect(kept()).toMatchObject({ settings: { way: 'direct', publicUrl: 'https://chosen.example' }, publicUrl: null })
})

it('the address at which it came up is noted, and kept over another choice of the same way', async () => {
  await reach.save(1, { settings: { way: 'ngrok', domain: null }, secrets: {} })
  comeUp('https://up.example')
  await until('it to be noted', () => kept()?.publicUrl === 'https://up.example')
  await reach.save(1, { settings: { way: 'ngrok', domain: null }, secrets: {} })
  expect(reach.item(1)).toMatchObject({ publicUrl: 'https://up.example' })
  await reach.save(1, { settings: { way: 'off' }, secrets: {} })
  expect(kept()).toMatchObject({ settings: { way: 'off' }, publicUrl: null })
})

it('a secret that is forgotten takes none along whose name begins as its own', async () => {
  const settings = { way: 'ngrok', domain: null } as const
  await reach.save(1, { settings, secrets: { sshKey: 'key', sshKeyPassphrase: 'phrase' } })
  expect(secretNames(db)).toEqual(['reach/1/sshKey', 'reach/1/sshKeyPassphrase'])
  await reach.save(1, { settings, secrets: { sshKey: null } })
  expect(secretNames(db)).toEqual(['reach/1/sshKeyPassphrase'])
  expect(reach.item(1).kept).toEqual(['sshKeyPassphrase'])
})
