/** What is there after the end, clean or not: the outbox after a kill, the folder and its lock, other versions' data. */
import Sqlite from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unpaced } from '#shared/contract/entries/pace.ts'
import { createEngine } from '#engine/engine.ts'
import { knownSchema } from '#engine/store/migrations/index.ts'
import type { EntryInput, EntryName, EntryResult } from '#shared/contract/index.ts'
import { inProject, projectNode } from '../../../scripts/lib/project.mjs'
import { Desk, engineOptions, pause, temporaryFolder, until } from '../../support/desk.ts'
import { friend, group, robotHandle } from '../../support/engine-office.ts'
import { accepted, held, merchantKeys, startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { follow } from '../../support/headless-host.ts'

let folder: string
let platform: FakePlatform

beforeEach(async () => {
  folder = await temporaryFolder()
  platform = await startPlatform()
})
afterEach(async () => {
  await platform.close()
  await rm(folder, { recursive: true, force: true })
})

/** The headless host from source, as a process that can be killed. */
async function host() {
  const args = [inProject('electron/headless/main.ts'), '--data', folder, '--port', '0', '--callback-port', '0']
  const running = follow(spawn(projectNode, args))
  const { url, token } = await running.ready
  return {
    kill: async () => {
      running.child.kill('SIGKILL')
      await running.ended
    },
    api: async <Name extends EntryName>(entry: Name, input: EntryInput<Name>): Promise<EntryResult<Name>> => {
      const answer = await fetch(`${new URL(url).origin}/api/${entry}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(input),
      })
      const body = (await answer.json()) as { ok: boolean; result: never }
      if (!body.ok) throw new Error(JSON.stringify(body))
      return body.result
    },
  }
}

const connection = () => ({
  name: 'Test',
  gatewayUrl: platform.url,
  appId: 'app',
  merchantNo: '2021004186687842',
  methodPrefix: 'xx.xx',
  privateKeyPem: merchantKeys.privateKey,
})

describe('after a kill', () => {
  it('queued goes on, what was being sent is in doubt and is not sent again, lists are asked again', async () => {
    const first = await host()
    await first.api('settings.set', { pace: unpaced })
    const { id: connectionId } = await first.api('connections.save', connection())
    const { id: robotId } = await first.api('robots.add', { connectionId, serialNo: 'r1' })
    const { script, release } = held()
    platform.script = script
    const send = (content: string, peer = friend('u1')) =>
      first.api('messages.send', { robotId, peer, type: 'text', content })
    const doubtful = await send('In doubt')
    const queued = [await send('Queued 1'), await send('Queued 2', group('g1'))]
    const list = await first.api('friends.refresh', { robotId })
    await until('both calls', () => platform.requests.length === 2)
    await first.kill()
    release()
    platform.script = accepted

    const desk = await Desk.open(folder)
    const operation = (id: string) => desk.call('operations.get', { id })
    expect(await operation(doubtful.operationId)).toMatchObject({ state: 'unknown', error: { code: 'interrupted' } })
    for (const { operationId } of queued) {
      await until('it to go on', async () => (await operation(operationId)).state === 'accepted')
    }
    await until('the list', async () => (await operation(list.operationId)).state === 'accepted')
    const texts = platform.requests.flatMap(
      ({ data }) => (data.content as { msg_content: string } | undefined)?.msg_content ?? [],
    )
    expect(texts).toEqual(['In doubt', 'Queued 1', 'Queued 2'])
    expect(platform.of('getFriendList')).toHaveLength(2)
    const { items } = await desk.call('messages.page', { robotId, peer: friend('u1') })
    expect(items.map(({ content, status }) => [content, status])).toEqual([
      ['Queued 1', 'accepted'],
      ['In doubt', 'unknown'],
    ])
    await desk.close(true)
  }, 40_000)

  it('an echo that waited for the answer that never came settles the send in doubt', async () => {
    const { script, release, asked } = held()
    platform.script = script
    const before = await Desk.open(folder)
    const { id: connectionId, callbackUrl } = await before.connect(platform)
    const { id } = await before.call('robots.add', { connectionId, serialNo: 'r1' })
    const robot = robotHandle(before, id, 'r1', callbackUrl)
    const { operationId } = await robot.send(friend('u1'), 'Hello')
    await asked
    const told = { FromUserId: 'me', ToUserId: 'u1', Content: 'Hello', nPlatformMsgType: '1', nMsgType: '0' }
    const echo = await robot.deliver(robot.old(1005, told, { optSerNo: 'not-known-yet' }))
    expect(echo).toMatchObject({ state: 'pending', reason: 'awaiting-answer' })
    // As a power cut would leave it: a copy of the files while the call is under way.
    await before.engine.stop()
    release()
    const db = new Sqlite(join(folder, 'switchboard.db'))
    db.exec(`UPDATE parts SET status = 'sending'; UPDATE operations SET state = 'sending', settled_at = NULL`)
    db.exec(`UPDATE messages SET status = 'sending'; UPDATE parts SET echoed_at = NULL`)
    db.exec(`UPDATE callbacks SET state = 'pending', reason = 'awaiting-answer', reading = NULL; DELETE FROM calls`)
    db.close()
    const after = await Desk.open(folder)
    await until(
      'the echo to land',
      async () => (await after.call('operations.get', { id: operationId })).state === 'done',
    )
    const { items } = await after.call('messages.page', { robotId: id, peer: friend('u1') })
    expect(items).toMatchObject([{ content: 'Hello', status: 'done' }])
    await after.close(true)
  }, 30_000)

  it('callbacks that were kept and not yet applied are applied', async () => {
    const before = await Desk.open(folder)
    const { id: connectionId, callbackUrl } = await before.connect(platform)
    const { id } = await before.call('robots.add', { connectionId, serialNo: 'r1' })
    const robot = robotHandle(before, id, 'r1', callbackUrl)
    const body = robot.old(1005, { FromUserId: 'u1', Content: 'kept', nPlatformMsgType: '10' })
    await before.close(true)
    const db = new Sqlite(join(folder, 'switchboard.db'))
    db.prepare('INSERT INTO callbacks (connection_id, at, raw) VALUES (?, ?, ?)').run(
      connectionId,
      Date.now(),
      Buffer.from(JSON.stringify(body)),
    )
    db.close()
    const after = await Desk.open(folder)
    await until(
      'the message',
      async () => (await after.call('messages.page', { robotId: id, peer: friend('u1') })).items.length === 1,
    )
    await after.close(true)
  })

  it('one that was kept before, and comes again before the kept one is read, has one effect', async () => {
    const desk = await Desk.open(folder)
    const { id: connectionId, callbackUrl } = await desk.connect(platform)
    const { id } = await desk.call('robots.add', { connectionId, serialNo: 'r1' })
    const robot = robotHandle(desk, id, 'r1', callbackUrl)
    const body = robot.old(1005, { FromUserId: 'u1', Content: 'once', nPlatformMsgType: '10' })
    // As after a kill between keeping and acknowledging: an older row that nobody has read yet.
    const db = new Sqlite(join(folder, 'switchboard.db'))
    db.prepare('INSERT INTO callbacks (id, connection_id, at, raw) VALUES (5, ?, ?, ?)').run(
      connectionId,
      Date.now(),
      Buffer.from(JSON.stringify(body)),
    )
    db.close()
    expect(await robot.deliver(body)).toMatchObject({ state: 'applied' })
    await desk.call('callbacks.replay', { ids: ['5'] })
    expect(await desk.call('callbacks.get', { id: '5' })).toMatchObject({ state: 'repeat' })
    expect(await robot.history(friend('u1'))).toHaveLength(1)
    await desk.close(true)
  })
})

describe('a clean end', () => {
  it('keeps everything: address of callbacks, unread, settings, keys', async () => {
    const first = await Desk.open(folder, { callbackPort: undefined as never })
    const saved = await first.connect(platform)
    const { id } = await first.call('robots.add', { connectionId: saved.id, serialNo: 'r1' })
    const robot = robotHandle(first, id, 'r1', saved.callbackUrl)
    await robot.deliver(robot.old(1005, { FromUserId: 'u1', Content: 'x', nPlatformMsgType: '10' }))
    await first.call('settings.set', { theme: 'dark', pace: unpaced })
    const before = [
      await first.call('connections.list', {}),
      await first.call('conversations.list', {}),
      await robot.state(),
    ]
    await first.close(true)
    const second = await Desk.open(folder, { callbackPort: undefined as never })
    const again = robotHandle(second, id, 'r1', saved.callbackUrl)
    expect([
      await second.call('connections.list', {}),
      await second.call('conversations.list', {}),
      await again.state(),
    ]).toEqual(before)
    expect((await second.call('settings.get', {})).theme).toBe('dark')
    await again.settled((await again.send(friend('u1'), 'signed by the kept key')).operationId, 'accepted')
    await again.deliver(again.old(1005, { FromUserId: 'u1', Content: 'y', nPlatformMsgType: '10' }))
    await second.close(true)
    await second.engine.stop()
    expect(await second.engine.call('robots.list', {}, { locale: 'en' })).toMatchObject({ ok: false })
  })

  it('knows what an earlier version kept, whose keys told no time', async () => {
    const first = await Desk.open(folder, { callbackPort: undefined as never })
    const saved = await first.connect(platform)
    const { id } = await first.call('robots.add', { connectionId: saved.id, serialNo: 'r1' })
    const robot = robotHandle(first, id, 'r1', saved.callbackUrl)
    const told = robot.old(1005, { FromUserId: 'u1', Content: 'x', nPlatformMsgType: '10' })
    await robot.deliver(told)
    await first.close(true)
    const db = new Sqlite(join(folder, 'switchboard.db'))
    expect(db.prepare('UPDATE callbacks SET key = substr(key, 7) WHERE length(key) = 22').run().changes).toBe(1)
    db.close()
    const second = await Desk.open(folder, { callbackPort: undefined as never })
    const again = robotHandle(second, id, 'r1', saved.callbackUrl)
    expect(await again.deliver(told)).toMatchObject({ state: 'repeat' })
    expect((await second.call('messages.page', { robotId: id, peer: friend('u1') })).items).toHaveLength(1)
    await second.close(true)
  })

  it('with a call under way leaves it in doubt, soon', async () => {
    const { script, release, asked } = held()
    platform.script = script
    const desk = await Desk.open(folder)
    const { id: connectionId, callbackUrl } = await desk.connect(platform)
    const { id } = await desk.call('robots.add', { connectionId, serialNo: 'r1' })
    const { operationId } = await robotHandle(desk, id, 'r1', callbackUrl).send(friend('u1'), 'x')
    await asked
    const begun = performance.now()
    await desk.close(true)
    expect(performance.now() - begun).toBeLessThan(8000)
    release()
    const again = await Desk.open(folder)
    expect((await again.call('operations.get', { id: operationId })).state).toBe('unknown')
    await again.close(true)
  })
})

describe('a start that cannot be', () => {
  const start = (dataDir = folder) => createEngine(engineOptions(dataDir)).start()

  it('on a folder that another engine uses', async () => {
    const first = await Desk.open(folder)
    await expect(start()).rejects.toMatchObject({ code: 'data-in-use' })
    expect(await first.call('connections.list', {})).toMatchObject({ items: [] })
    await first.close(true)
    const second = await Desk.open(folder)
    await second.close(true)
  })

  it('on data of a newer version, which is not touched', async () => {
    await (await Desk.open(folder)).close(true)
    const file = join(folder, 'switchboard.db')
    const db = new Sqlite(file)
    db.pragma('user_version = 99')
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    const hash = async () =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex')
    const before = await hash()
    await expect(start()).rejects.toMatchObject({ code: 'data-newer', params: { found: 99, known: knownSchema } })
    expect(await hash()).toBe(before)
  })

  it('where no folder can be made', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(start(join(folder, 'file', 'data'))).rejects.toMatchObject({ code: 'data-folder' })
    await expect(start(join(folder, 'file'))).rejects.toMatchObject({ code: 'data-folder' })
  })

  it('where the database is none', async () => {
    await writeFile(join(folder, 'switchboard.db'), 'this is no database at all, but a text of some length')
    const desk = await Desk.open(folder)
    expect(await desk.call('system.info', {})).toMatchObject({ rescue: { code: 'data-damaged' } })
    await desk.close(true)
    await mkdir(join(folder, 'other', 'switchboard.db'), { recursive: true })
    await expect(start(join(folder, 'other'))).rejects.toMatchObject({ code: 'data-folder' })
  })

  it('with another key file, or a damaged vault', async () => {
    await (await Desk.open(folder)).close(true)
    await rm(join(folder, 'vault.key'))
    await expect(start()).rejects.toMatchObject({ code: 'vault-locked' })
    await writeFile(join(folder, 'vault.json'), '{}')
    await expect(start()).rejects.toMatchObject({ code: 'vault-locked' })
    // The refusal let go of the folder.
    await rm(join(folder, 'vault.json'))
    const desk = await Desk.open(folder)
    await desk.close(true)
  })

  it('on a port that is taken', async () => {
    const { port } = platform
    await expect(createEngine({ ...engineOptions(folder), callbackPort: port }).start()).rejects.toMatchObject({
      code: 'port-in-use',
    })
    await pause(0)
    await (await Desk.open(folder)).close(true)
  })
})
