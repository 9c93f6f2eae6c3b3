/**
 * Secrets that must be nowhere: each is brought in by every way there is, the host works and fails with it, and then
 * every file, every line of the log, every answer and every event is searched for it in every form.
 */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { contract, contractVersion } from '#shared/contract/index.ts'
import { ensureBuilt } from '../../../scripts/lib/build.mjs'
import { canary, findCanaries, formsOf, keyCanaries, type Place } from '../../support/canaries.ts'
import { plantPlaces, plantWays, type Caller } from '../../support/canary-places.ts'
import { until } from '../../support/desk.ts'
import { accepted, type FakePlatform, type PlatformRequest, startPlatform } from '../../support/fake-platform.ts'
import { type HostProcess, type ReadyLine, startHost } from '../../support/headless-host.ts'

vi.setConfig({ testTimeout: 240_000 })

const secrets: Record<string, string> = {
  password: canary('password'),
  rememberedPassword: canary('remembered'),
  consolePassword: canary('console'),
  previewPassword: canary('preview'),
  malformedPassword: canary('malformed'),
  keyPassword: canary('key-password'),
  cacheInfo: canary('cache-info'),
  cacheToken: canary('cache-token'),
  foreignCacheInfo: canary('foreign-cache'),
  lockPassphrase: canary('lock'),
  wrongLockPassphrase: canary('wrong-lock'),
  vaultPassphrase: canary('vault'),
  wrongVaultPassphrase: canary('wrong-vault'),
  token: 'kanari-bearer-token-0123456789/+~',
  monitorToken: 'kanari-monitor-token-0123456789+~',
  webhookSecret: canary('webhook'),
  refusedWebhookSecret: canary('refused-webhook'),
  refusedSshKey: canary('refused-ssh-key'),
  sshKeyPassphrase: canary('ssh-passphrase'),
  sshPassword: canary('ssh-password'),
  ngrokToken: canary('ngrok-token'),
  commandSecret: canary('command-secret'),
  natsToken: canary('nats-token'),
  natsPassword: canary('nats-password'),
  refusedNatsSeed: canary('nats-seed'),
  s3Secret: canary('s3'),
  webdavPassword: canary('webdav'),
  refusedPictureSecret: canary('refused-picture'),
  nearToken: 'kanari-bearer-guess-0123456789/+~',
}

let folder = ''
let platform: FakePlatform
const places: Place[] = []
const note = (name: string, text: string): void => void places.push({ name, bytes: Buffer.from(text) })
const outputs: { name: string; host: HostProcess }[] = []

beforeAll(async () => {
  await ensureBuilt(process.stderr)
  folder = mkdtempSync(join(tmpdir(), 'switchboard-canaries-'))
  platform = await startPlatform()
}, 120_000)
afterAll(async () => {
  for (const { host } of outputs) {
    host.child.kill('SIGKILL')
    await host.ended
  }
  await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(name: string, passphrase: string): Promise<HostProcess> {
  const env = {
    SWITCHBOARD_PASSPHRASE: passphrase,
    SWITCHBOARD_TOKEN: secrets.token,
    SWITCHBOARD_LOG_LEVEL: 'trace',
    SWITCHBOARD_MONITOR_TOKEN: secrets.monitorToken,
  }
  const host = startHost(['--data', folder, '--port', '0', '--callback-port', '0'], env)
  outputs.push({ name, host })
  return host
}

/** Calls entries and keeps every answer. @param headers that sign in */
const callerOf =
  (ready: ReadyLine, headers: Record<string, string>): Caller =>
  async (entry, input) => {
    const answer = await fetch(new URL(`/api/${entry}`, ready.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof input === 'string' ? input : JSON.stringify(input),
    })
    const text = await answer.text()
    note(`the answer of ${entry}`, text)
    const { result } = JSON.parse(text) as { result?: Record<string, unknown> }
    return result ?? {}
  }

const echoing =
  (status: number) =>
  (request: PlatformRequest): { status: number; body: string } => ({
    status,
    body: JSON.stringify({
      vcSuccess: 'false',
      nErrorCode: 7,
      vcErrorMsg: `bad ${JSON.stringify(request.data)}`,
      data: request.data,
    }),
  })

/** A look at everything that can be read. */
async function readAll(call: Caller): Promise<void> {
  const robots = (await call('robots.list', {})).items as { id: string }[]
  for (const entry of [
    'connections.list',
    'tags.list',
    'quickReplies.list',
    'settings.get',
    'system.info',
    'system.report',
    'lock.get',
    'sessions.list',
    'reach.list',
    'watch.get',
    'watch.alarms',
    'watch.deliveries',
    'vault.get',
  ]) {
    await call(entry, {})
  }
  for (const entry of ['conversations.list', 'operations.list', 'calls.list', 'callbacks.list']) {
    const { items } = await call(entry, { limit: 500 })
    for (const { id } of items as { id?: string }[]) {
      if (id !== undefined && entry !== 'conversations.list') await call(entry.replace('list', 'get'), { id })
    }
  }
  for (const { id } of robots) {
    await call('robots.remembered', { robotId: id })
    await call('friends.list', { robotId: id })
    await call('groups.list', { robotId: id })
    await call('messages.page', { robotId: id, peer: { kind: 'friend', id: 'u1' } })
  }
  // Every entry that only tells something, also those that will be added: each takes of this what it knows.
  const robotId = robots[0]?.id
  const peer = { kind: 'friend', id: 'u1' }
  const given = { robotId, groupId: 'g1', peer, query: 'Kanari', limit: 500 }
  const telling = Object.keys(contract).filter((name) => /\.(list|get|page|search|info|count|state)$/.test(name))
  for (const name of telling) await call(name, given)
  await call('system.backup', {})
}

it('finds a planted secret in each form, so that the search below can be believed', () => {
  const secret = secrets.password ?? ''
  for (const form of formsOf(secret)) {
    const bytes = Buffer.concat([Buffer.from('before'), form, Buffer.from('after')])
    expect(findCanaries({ secret }, [{ name: 'x', bytes }])).toEqual(['secret in x'])
  }
  for (const before of ['', 'a', 'ab', 'abc']) {
    const bytes = Buffer.from(Buffer.from(`${before}${secret} and more`).toString('base64'))
    expect(findCanaries({ secret }, [{ name: 'x', bytes }])).toEqual(['secret in x'])
  }
  expect(findCanaries({ secret }, [{ name: 'x', bytes: Buffer.from('Kanari passwort') }])).toEqual([])
})

it('no secret is in any file, log, answer or event', async () => {
  const keys = ['given', 'next', 'mixed'].map((name) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    Object.assign(secrets, keyCanaries(name, privateKey))
    return privateKey
  })
  const pem = (index: number): string => keys[index]?.export({ type: 'pkcs8', format: 'pem' }).toString() ?? ''
  const host = await start('the first run', secrets.vaultPassphrase ?? '')
  const ready = await host.ready
  secrets.code = new URL(ready.url).searchParams.get('code') ?? ''
  const { origin } = new URL(ready.url)
  const entered = await fetch(ready.url, { redirect: 'manual' })
  const cookie = (entered.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  secrets.cookie = cookie.split('=')[1] ?? ''
  expect(secrets.cookie).toHaveLength(43)

  const call = callerOf(ready, { authorization: `Bearer ${secrets.token}` })
  const browser = callerOf(ready, { cookie, origin })
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, { headers: { cookie, origin } })
  const frames: string[] = []
  socket.on('message', (data: Buffer) => frames.push(data.toString()))
  await new Promise((resolve) => socket.once('open', resolve))
  socket.send(JSON.stringify({ type: 'hello', contractVersion, locale: 'en' }))
  await until('the welcome', () => frames.length > 0)

  // Keys: given, refused, tried, rotated.
  const encrypted = createPrivateKey(pem(0))
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: secrets.keyPassword })
    .toString()
  const connection = { name: 'C', gatewayUrl: platform.url, appId: 'a', merchantNo: 'm', methodPrefix: 'xx.xx' }
  const given = { ...connection, privateKeyPem: encrypted, privateKeyPassword: secrets.keyPassword }
  await call('connections.save', { ...given, privateKeyPassword: `${secrets.keyPassword}!` })
  await call('connections.save', { ...given, publicKeyPem: pem(0) })
  await call('connections.save', { ...connection, privateKeyPem: pem(2).slice(0, -60) })
  await call('connections.save', { ...connection, privateKeyPem: `${pem(2)}${'x'.repeat(20_000)}` })
  await call('connections.test', { ...connection, privateKeyPem: pem(2) })
  const { id: connectionId, callbackUrl } = (await call('connections.save', given)) as {
    id: string
    callbackUrl: string
  }
  await call('connections.rotateKey', { id: connectionId, privateKeyPem: pem(1) })
  platform.script = echoing(200)
  await call('connections.tryKey', { id: connectionId })
  await call('connections.test', { id: connectionId })

  // Passwords: accepted, refused by a platform that repeats them, lost, remembered, in the console.
  const { id: robotId } = await call('robots.add', { connectionId, serialNo: 'r1' })
  const { id: otherId } = await call('robots.add', { connectionId, serialNo: 'r2' })
  const settled = (id: string) =>
    until('the log-in to end', async () => {
      const { state } = await call('operations.get', { id })
      return state !== 'queued' && state !== 'sending'
    })
  const login = async (password: string | undefined, more: object = {}): Promise<void> => {
    const { operationId } = await call('robots.login', {
      robotId,
      method: 'password',
      username: 'u',
      password,
      ...more,
    })
    await settled(String(operationId))
    await call('operations.cancel', { id: operationId })
  }
  for (const script of [
    echoing(200),
    echoing(500),
    (request: PlatformRequest) => ({ body: `<html>${request.body}</html>` }),
    (request: PlatformRequest) => ({ body: Buffer.from(request.body).toString('base64') }),
    accepted,
  ]) {
    platform.script = script
    await login(secrets.password)
    await browser('platform.login', {
      connectionId,
      vcRobotSerialNo: 'r1',
      login_type: '0',
      vcRobotSerialNo_type: '0',
      username: 'u',
      password: secrets.consolePassword,
    })
  }
  await call('robots.login', {
    robotId: otherId,
    method: 'password',
    username: 'u',
    password: secrets.rememberedPassword,
    remember: true,
  })
  await call('robots.login', { robotId, method: 'password', password: `${secrets.password}${'x'.repeat(300)}` })
  await call('robots.login', `{"robotId":"${robotId}","password":${JSON.stringify(secrets.malformedPassword)}`)
  await call('platform.preview', {
    connectionId,
    method: 'login',
    parameters: { vcRobotSerialNo: 'r1', login_type: '0', password: secrets.previewPassword },
    signed: true,
  })

  // Cached log-ins, in the forms that a body may have.
  const header = { resultCode: '0', type: '1001', optvcMerchantId: 'm', optvcRobotSerialNo: 'r1' }
  const cached = (stamp: number, cache: unknown): Record<string, unknown> => ({
    ...header,
    nTimeStamp: String(1_793_000_000 + stamp),
    data: { userId: 'me', userName: 'Me', cache_info: cache },
  })
  const bodies: [string, string][] = [
    ['application/json', JSON.stringify(cached(1, secrets.cacheInfo))],
    ['application/json', JSON.stringify(cached(2, { token: secrets.cacheToken, more: [secrets.cacheInfo] }))],
    ['application/json', JSON.stringify({ ...cached(3, ''), data: JSON.stringify(cached(3, secrets.cacheInfo).data) })],
    [
      'application/x-www-form-urlencoded',
      new URLSearchParams({ strContext: JSON.stringify(cached(4, secrets.cacheInfo)) }).toString(),
    ],
    ['application/json', JSON.stringify(cached(5, secrets.cacheInfo)).replaceAll('"', '&quot;')],
    ['application/json', JSON.stringify({ ...cached(6, secrets.cacheInfo), optvcMerchantId: 'foreign' })],
    ['application/json', JSON.stringify(cached(7, secrets.cacheInfo)).slice(0, -2)],
  ]
  for (const [type, body] of bodies) {
    const answer = await fetch(callbackUrl, { method: 'POST', headers: { 'content-type': type }, body })
    note('the acknowledgement', await answer.text())
    expect(answer.status).toBe(200)
  }
  const stranger = await fetch(`${callbackUrl}x`, {
    method: 'POST',
    body: JSON.stringify(cached(8, secrets.foreignCacheInfo)),
  })
  note('the answer to a stranger', await stranger.text())
  const failing = platform.url
  await until('the callbacks to be read', async () => {
    const { items } = await call('callbacks.list', { state: 'pending' })
    return (items as unknown[]).length === 0
  })
  await call('callbacks.replay', {
    ids: ((await call('callbacks.list', {})).items as { id: string }[]).map(({ id }) => id),
  })

  // The platform is gone.
  await call('connections.save', { ...connection, id: connectionId, gatewayUrl: 'http://127.0.0.1:1/' })
  const { operationId: waiting } = await call('robots.login', {
    robotId,
    method: 'password',
    password: secrets.password,
  })
  await until('the call to fail', async () => {
    const [newest] = (await call('calls.list', { limit: 1 })).items as { status: number | null }[]
    return newest?.status === null
  })
  await call('operations.cancel', { id: waiting })
  await call('connections.save', { ...connection, id: connectionId, gatewayUrl: failing })

  // The webhook's secret: taken, refused, used for a test that nobody takes and for one that is taken.
  const hook = `${platform.url}/hook`
  await call('watch.set', { webhook: { url: 'ftp://nowhere.example/', secret: secrets.refusedWebhookSecret } })
  await call('watch.set', { webhook: { url: 'http://127.0.0.1:1/', secret: secrets.webhookSecret } })
  await call('watch.test', {})
  platform.script = (request: PlatformRequest) => ({
    body: JSON.stringify({ headers: request.headers, body: request.body }),
  })
  await call('watch.set', { webhook: { url: hook } })
  await call('watch.test', {})

  await plantWays(call, connectionId, secrets)
  await plantPlaces(call, platform.url, secrets)

  // The host's own doors.
  await callerOf(ready, { authorization: `Bearer ${secrets.nearToken}` })('robots.list', {})
  for (const path of [
    `/enter?code=${secrets.code}`,
    `/api/x?token=${secrets.token}`,
    `/${encodeURIComponent(secrets.token ?? '')}x`,
  ]) {
    if (!path.endsWith('x')) note('a page', await (await fetch(new URL(path, ready.url))).text())
    else await fetch(new URL(path, ready.url))
  }
  const form = new URLSearchParams({ token: secrets.nearToken ?? '' })
  note(
    'the sign-in page',
    await (await fetch(new URL('/enter', ready.url), { method: 'POST', body: form, headers: { origin } })).text(),
  )
  await browser('lock.set', { next: secrets.lockPassphrase })
  await browser('lock.close', {})
  await browser('lock.open', { passphrase: secrets.wrongLockPassphrase })
  await browser('lock.open', { passphrase: secrets.lockPassphrase })
  socket.send(
    JSON.stringify({ type: 'call', id: 1, entry: 'robots.login', input: { password: secrets.malformedPassword } }),
  )
  socket.send(`{"type":"call","password":${JSON.stringify(secrets.malformedPassword)}`)
  await new Promise((resolve) => socket.once('close', resolve))

  await readAll(call)
  await readAll(browser)
  host.child.kill('SIGTERM')
  await host.ended

  const wrong = await start('a run with a wrong passphrase', secrets.wrongVaultPassphrase ?? '')
  expect((await wrong.ended).code).toBe(1)
  const again = await start('the second run', secrets.vaultPassphrase ?? '')
  const readyAgain = await again.ready
  await readAll(callerOf(readyAgain, { authorization: `Bearer ${secrets.token}` }))
  for (const path of ['/healthz', '/metrics']) {
    const headers = { authorization: `Bearer ${secrets.monitorToken}` }
    note(path, await (await fetch(new URL(path, readyAgain.url), { headers })).text())
  }
  again.child.kill('SIGTERM')
  await again.ended

  note('the events', frames.join('\n'))
  for (const { name, host: run } of outputs) {
    note(`the log of ${name}`, run.output.stderr)
    // The line that is there to hand over token and link.
    note(`what ${name} printed`, run.output.stdout.replace(/^\{"event":"ready".*$/m, ''))
  }
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const path = join(file.parentPath, file.name)
    places.push({ name: path.slice(folder.length), bytes: readFileSync(path) })
  }
  expect(places.length).toBeGreaterThan(100)
  expect(findCanaries(secrets, places)).toEqual([])
  process.stderr.write(`${Object.keys(secrets).length} canaries, ${places.length} places\n`)
  // The callback's path is known to the operator and to the platform, and not for the log.
  const callbackSecret = new URL(callbackUrl).pathname.split('/').at(-1) ?? ''
  const logs = places.filter(({ name }) => name.startsWith('the log of') || name.startsWith('what '))
  expect(findCanaries({ callbackSecret }, logs)).toEqual([])
})
