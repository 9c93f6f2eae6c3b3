/**
 * The disk as it must not be: full, read-only, locked by another program, with a log left behind, with a page that is
 * damaged. Nothing is acknowledged that could be lost, the screen says why, nothing is overwritten, and it goes on by
 * itself where it can. Small file systems are mounted where that is allowed.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, it } from 'vitest'
import { createEngine } from '#engine/engine.ts'
import { projectNode } from '../../../scripts/lib/project.mjs'
import { Desk, engineOptions, temporaryFolder, until } from '../../support/desk.ts'
import { friend, robotHandle, type RobotHandle } from '../../support/engine-office.ts'
import { bringIn, largeGif, pictureFile, upload } from '../../support/pictures.ts'

const mounted: string[] = []
const mount = (size: string): string | null => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return null
  }
  mounted.push(folder)
  return folder
}
afterEach(() => {
  for (const folder of mounted.splice(0)) {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  }
})

const cannotMount = 'no file system may be mounted here'
const gateway = { url: 'http://127.0.0.1:1/gateway' }

interface Scene {
  desk: Desk
  robot: RobotHandle
  callbackUrl: string
  /** Posts a customer's message. @returns the status of the answer */
  post(text: string): Promise<number>
  /** What the history has, oldest first. */
  texts(): Promise<string[]>
}

async function scene(desk: Desk): Promise<Scene> {
  const present = (await desk.call('connections.list', {})).items[0]
  const { id: connectionId, callbackUrl } = present ?? (await desk.connect(gateway))
  const known = (await desk.call('robots.list', {})).items[0]
  const { id } = known ?? (await desk.call('robots.add', { connectionId, serialNo: 'r1' }))
  const robot = robotHandle(desk, id, 'r1', callbackUrl)
  return {
    desk,
    robot,
    callbackUrl,
    post: async (text) => {
      const body = robot.old(1005, { FromUserId: 'u1', Content: text, nPlatformMsgType: '10' })
      return (await desk.post(callbackUrl, JSON.stringify(body))).status
    },
    texts: async () => (await robot.history(friend('u1'))).map(({ content }) => content.slice(0, 20)).reverse(),
  }
}

const notices = async (desk: Desk): Promise<string[]> =>
  (await desk.call('system.info', {})).notices.map(({ code }) => code)

describe('a disk that is full', () => {
  it('stops acknowledgements before anything is lost, says so, and goes on when there is room again', async ({
    skip,
  }) => {
    const disk = mount('24m')
    if (!disk) return skip(cannotMount)
    const desk = await Desk.open(join(disk, 'data'))
    const { post, texts } = await scene(desk)
    const acknowledged: string[] = []
    const padding = 'x'.repeat(200_000)
    let refused = 0
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(14 * 1024 * 1024))
    for (let n = 0; refused < 3 && n < 300; n += 1) {
      const text = `message ${String(n).padStart(4, '0')} ${padding}`
      const status = await post(text)
      if (status === 200) acknowledged.push(text.slice(0, 12))
      else {
        expect(status).toBe(503)
        refused += 1
      }
    }
    expect(refused).toBe(3)
    expect(await notices(desk)).toContain('disk-full')
    expect(await desk.refusal('system.backup', {})).toMatchObject({ code: 'backup-no-room' })
    rmSync(ballast)
    await until('callbacks to be taken again', async () => (await post('again')) === 200)
    await until('the notice to go', async () => !(await notices(desk)).includes('disk-full'))
    // Nothing that was acknowledged is missing, and nothing of what was refused came in.
    await until('all to be applied', async () => (await texts()).length === acknowledged.length + 1, 20_000)
    expect((await texts()).map((text) => text.slice(0, 12))).toEqual([...acknowledged, 'again'])
    process.stdout.write(`disk full: acknowledged ${acknowledged.length}, refused ${refused}, lost 0\n`)
    await desk.close(true)
    const again = await Desk.open(join(disk, 'data'))
    expect((await again.call('system.info', {})).rescue).toBeNull()
    await again.close(true)
  }, 60_000)

  it('refuses a picture with the reason, leaves nothing of it, and shows those of others all the same', async ({
    skip,
  }) => {
    const disk = mount('24m')
    if (!disk) return skip(cannotMount)
    const desk = await Desk.open(join(disk, 'data'))
    const { robot } = await scene(desk)
    const png = pictureFile('screen.png')
    const stranger = createServer((_request, response) => response.end(png))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
    const [connection] = (await desk.call('connections.list', {})).items
    await desk.connect(gateway, { id: connection?.id ?? '', advanced: { mediaOrigins: [origin] } })
    await upload(desk, robot.id, png)
    const kept = await readdir(join(disk, 'data/pictures'))
    const uploadId = await bringIn(desk, robot.id, largeGif(6_000_000))
    const ballast = join(disk, 'ballast')
    const fill = (): void => {
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    }
    fill()
    expect(await desk.refusal('pictures.finish', { uploadId })).toMatchObject({ code: 'disk-full' })
    expect(await readdir(join(disk, 'data/pictures'))).toEqual(kept)
    expect((await desk.engine.media(robot.id, `${origin}/1.png`))?.body.equals(png)).toBe(true)
    expect(await readdir(join(disk, 'data/media')).catch(() => [])).toEqual([])
    rmSync(ballast)
    expect(await upload(desk, robot.id, largeGif(6_000_000))).toMatchObject({ isOffered: true })
    stranger.close()
    await desk.close()
  })

  it('at the start is told in a sentence', async ({ skip }) => {
    const disk = mount('1m')
    if (!disk) return skip(cannotMount)
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(1000 * 1024))
    await mkdir(join(disk, 'data'))
    const start = createEngine(engineOptions(join(disk, 'data'))).start()
    await expect(start).rejects.toMatchObject({ code: 'disk-full' })
  })
})

it('a data folder that is read-only is told by name, and nothing in it changes', async ({ skip }) => {
  const disk = mount('24m')
  if (!disk) return skip(cannotMount)
  const folder = join(disk, 'data')
  await (await Desk.open(folder)).close(true)
  execFileSync('mount', ['-o', 'remount,ro', disk])
  const before = readFileSync(join(folder, 'switchboard.db'))
  await expect(createEngine(engineOptions(folder)).start()).rejects.toMatchObject({ code: 'data-folder' })
  expect(readFileSync(join(folder, 'switchboard.db')).equals(before)).toBe(true)
  expect((await readdir(folder)).sort()).toContain('clean-end')
})

it('a database that another program holds: 503 until it lets go, and then all goes on', async () => {
  const folder = await temporaryFolder()
  const desk = await Desk.open(folder)
  const { post, texts } = await scene(desk)
  expect(await post('before')).toBe(200)
  await until('it to be applied', async () => (await texts()).length === 1)
  const script = `
    const db = new (require('better-sqlite3'))(process.argv[1])
    db.exec('BEGIN IMMEDIATE')
    process.stdout.write('locked')
    process.stdin.once('data', () => { db.exec('ROLLBACK'); process.exit(0) })`
  const other = spawn(projectNode, ['-e', script, join(folder, 'switchboard.db')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(other.stdout, 'data')
  expect(await post('meanwhile')).toBe(503)
  expect(await notices(desk)).toContain('storage-failed')
  other.stdin.write('\n')
  await once(other, 'exit')
  expect(await post('after')).toBe(200)
  await until('the notice to go', async () => !(await notices(desk)).includes('storage-failed'))
  await until('it to be applied', async () => (await texts()).length === 2)
  expect(await texts()).toEqual(['before', 'after'])
  await desk.close()
}, 30_000)

it('a log that was left behind, with a half-written end, is taken up with all that was acknowledged', async () => {
  const folder = await temporaryFolder()
  const desk = await Desk.open(folder)
  const { post } = await scene(desk)
  const sent = Array.from({ length: 30 }, (_, n) => `message ${n}`)
  for (const text of sent) expect(await post(text)).toBe(200)
  // As a power cut leaves it: the files of this moment, and a frame that was being written.
  const copy = await mkdtemp(join(tmpdir(), 'switchboard-left-'))
  for (const name of ['switchboard.db', 'switchboard.db-wal', 'vault.json', 'vault.key']) {
    copyFileSync(join(folder, name), join(copy, name))
  }
  appendFileSync(join(copy, 'switchboard.db-wal'), Buffer.alloc(3000, 0x5a))
  await desk.close()
  const after = await Desk.open(copy)
  const { texts } = await scene(after)
  await until('all to be applied', async () => (await texts()).length === sent.length)
  expect(new Set(await texts())).toEqual(new Set(sent))
  await after.close()
}, 60_000)

it('a page that was damaged after a clean end is found at the latest when it is needed: no acknowledgement, the file stays as it is', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'switchboard.db')
  const first = await Desk.open(folder)
  const before = await scene(first)
  for (let n = 0; n < 20; n += 1)
    await before.robot.deliver(before.robot.old(1005, { FromUserId: 'u1', Content: `m${n}`, nPlatformMsgType: '10' }))
  await first.close(true)
  // The root page of the callbacks' table: nothing can be kept without it. The end was clean, so only the head is read.
  const reader = new Sqlite(file, { readonly: true })
  const { rootpage } = reader.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'callbacks'`).get() as {
    rootpage: number
  }
  const pageSize = reader.pragma('page_size', { simple: true }) as number
  reader.close()
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(pageSize, 0xa5), 0, pageSize, (rootpage - 1) * pageSize)
  closeSync(handle)
  const damaged = readFileSync(file)

  const desk = await Desk.open(folder)
  const info = await desk.call('system.info', {})
  if (info.rescue === null) {
    const { callbackUrl } = (await desk.call('connections.list', {})).items[0] ?? before
    expect((await desk.post(callbackUrl, '{"nType":1005}')).status).toBe(503)
    expect(await notices(desk)).toContain('data-damaged')
  } else expect(info.rescue.code).toBe('data-damaged')
  await desk.close(true)
  expect(readFileSync(file).equals(damaged)).toBe(true)
  await rm(folder, { recursive: true })
})
