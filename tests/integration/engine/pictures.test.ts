/** Pictures of this machine: taken in, stripped, offered at an address that nobody guesses, for a time. */
import { statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pictureBytes } from '#shared/contract/entries/pictures.ts'
import { Desk, until } from '../../support/desk.ts'
import { friend, robotHandle, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { dayMs, fakeClock, minuteMs } from '../../support/fake-clock.ts'
import { openPictureOffice, pathOf } from '../../support/picture-office.ts'
import { ask, bringIn, largeGif, largePng, pictureFile, upload } from '../../support/pictures.ts'

const clock = fakeClock()
let office: EngineOffice
let desk: Desk
let robot: RobotHandle
let base: string
let kept: () => string[]

beforeAll(async () => {
  ;({ office, desk, robot, base, kept } = await openPictureOffice(clock))
})
afterAll(() => office.close())

describe('on the way in', () => {
  it('is checked, stripped and given a link that fits', async () => {
    const picture = await upload(desk, robot.id, pictureFile('camera.jpg'))
    expect(picture).toMatchObject({ type: 'image/jpeg', width: 48, height: 32, isOffered: true })
    expect(picture.link.length).toBeLessThanOrEqual(256)
    // 160 bits, in 27 signs.
    expect(pathOf(picture.link)).toMatch(/^\/p\/[\w-]{27}\.jpg$/)
    expect(picture.expiresAt - picture.createdAt).toBe(7 * dayMs)
    expect(await desk.call('pictures.get', { link: picture.link })).toEqual(picture)
    const [name = ''] = kept()
    expect(statSync(join(desk.dataDir, 'pictures', name)).mode & 0o777).toBe(0o600)
    expect(statSync(join(desk.dataDir, 'pictures')).mode & 0o777).toBe(0o700)
  })

  it('comes in pieces, which follow each other', async () => {
    const bytes = largePng(600_000)
    const { uploadId } = await desk.call('pictures.begin', { robotId: robot.id, bytes: bytes.length })
    const data = bytes.subarray(0, 1000).toString('base64')
    expect(await desk.refusal('pictures.add', { uploadId, offset: 5, data })).toMatchObject({ code: 'not-allowed-now' })
    expect(await desk.call('pictures.add', { uploadId, offset: 0, data })).toEqual({ bytes: 1000 })
    expect(await desk.refusal('pictures.add', { uploadId, offset: 0, data })).toMatchObject({ code: 'not-allowed-now' })
    // Nothing is offered of which a part is missing.
    expect(await desk.refusal('pictures.finish', { uploadId })).toMatchObject({ code: 'not-allowed-now' })
    await desk.call('pictures.cancel', { uploadId })
    expect(await desk.refusal('pictures.finish', { uploadId })).toMatchObject({ code: 'not-found' })
    expect(await upload(desk, robot.id, bytes)).toMatchObject({ width: 48, bytes: expect.any(Number) as number })
  })

  it('is refused with the reason, and leaves nothing behind', async () => {
    const before = kept().length
    const begin = (bytes: number) => desk.refusal('pictures.begin', { robotId: robot.id, bytes })
    expect(await begin(pictureBytes + 1)).toMatchObject({
      code: 'picture-too-large',
      message: expect.stringContaining('10 MB') as string,
    })
    const refused = async (bytes: Buffer) =>
      desk.refusal('pictures.finish', { uploadId: await bringIn(desk, robot.id, bytes) })
    expect(await refused(Buffer.from('<svg onload="alert(1)"/>'))).toMatchObject({ code: 'picture-unreadable' })
    expect(await refused(pictureFile('screen.png').subarray(0, 700))).toMatchObject({ code: 'picture-unreadable' })
    await desk.call('settings.set', { pictureSide: 256 })
    const wide = Buffer.from(pictureFile('moving.gif'))
    wide.writeUInt16LE(300, 6)
    expect(await refused(wide)).toMatchObject({
      code: 'picture-too-large',
      message: 'The picture is too large: it has 300 × 32 pixels, and a side may have 256',
    })
    await desk.call('settings.set', { pictureSide: 2048 })
    expect(kept()).toHaveLength(before)
  })

  it('only so many come in at a time', async () => {
    const ids: string[] = []
    const begin = () => desk.engine.call('pictures.begin', { robotId: robot.id, bytes: 10 }, { locale: 'en' })
    let answer = await begin()
    while (answer.ok) {
      ids.push((answer.result as { uploadId: string }).uploadId)
      answer = await begin()
    }
    expect(answer.error.code).toBe('too-many-requests')
    expect(ids).toHaveLength(16)
    for (const uploadId of ids) await desk.call('pictures.cancel', { uploadId })
    expect((await begin()).ok).toBe(true)
  })

  it('says beforehand whether a picture can get a link, and why not', async () => {
    const place = { way: 'public', side: 2048, bytes: pictureBytes, days: 7 }
    expect(await desk.call('pictures.place', { robotId: robot.id })).toEqual({ ...place, error: null })
    // A platform elsewhere would look for 127.0.0.1 on its own machine.
    const { id: connectionId } = await desk.connect({ url: 'https://gateway.example.com/' }, { name: 'Far' })
    const { id: robotId } = await desk.call('robots.add', { connectionId, serialNo: '990001' })
    const { error } = await desk.call('pictures.place', { robotId })
    expect(error).toMatchObject({ code: 'picture-no-address' })
    expect(await desk.refusal('pictures.begin', { robotId, bytes: 10 })).toMatchObject({ code: 'picture-no-address' })
  })

  it('a link that the platform would not take is refused with its length', async () => {
    const folder = 'a'.repeat(40)
    const s3 = {
      endpoint: 'http://127.0.0.1:9',
      bucket: 'chat',
      prefix: `${folder}/${folder}/`,
      accessKeyId: 'key',
      publicUrl: `https://pictures.example.com/${'b'.repeat(150)}`,
      secretAccessKey: 'not used',
    }
    await desk.call('pictures.setPlaces', { way: 's3', s3 })
    expect(await desk.refusal('pictures.begin', { robotId: robot.id, bytes: 10 })).toMatchObject({
      code: 'picture-link-too-long',
      params: { length: 29 + 150 + 1 + 82 + 32, max: 256 },
    })
    await desk.call('pictures.setPlaces', { way: 'public', s3: null })
  })
})

describe('on offer', () => {
  it('is given to whoever has the link, as what it is and as nothing else', async () => {
    const { link, bytes } = await upload(desk, robot.id, pictureFile('screen.png'))
    const answer = await ask(base, pathOf(link))
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(bytes),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, max-age=3600',
      connection: 'close',
    })
    expect(answer.body.length).toBe(bytes)
    expect(answer.body.toString('latin1')).not.toContain('CANARY')
    const head = await ask(base, pathOf(link), 'HEAD')
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(bytes) } })
    expect(head.body).toHaveLength(0)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect(await ask(base, pathOf(link), method)).toMatchObject({ status: 404, body: Buffer.alloc(0) })
    }
  })

  it('nothing else of the data folder is, and every wrong address gets the same answer', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('screen.png'))
    const [name = ''] = kept()
    const path = pathOf(link)
    const bare = await ask(base, '/')
    const shape = ({ status, headers: { date: _date, ...headers }, body }: typeof bare) => ({ status, headers, body })
    const wrong = [
      ...['/p/', '/p', '/p/.', '/p/..', '/p/../switchboard.db', '/p/%2e%2e/switchboard.db', '/p/..%2fvault.json'],
      ...['/p/..\\switchboard.db', '/p/%00', `/p/${name}`, `/pictures/${name}`, '/pictures/', '/media/'],
      ...[`${path}/`, `${path}%00`, `${path}.`, `/p/./${path.slice(3)}`, `/p/%2e/${path.slice(3)}`, path.toUpperCase()],
      ...[path.slice(0, -1), path.replace('.png', '.jpg'), path.replace('.png', ''), `/x${path}`, `/${path}`],
      ...[`/p/${path.charCodeAt(3).toString(16).padStart(3, '%')}${path.slice(4)}`, `/p/${'a'.repeat(5000)}`],
    ]
    for (const one of wrong) expect(shape(await ask(base, one)), one).toEqual(shape(bare))
    expect((await ask(base, `${path}?v=1`)).status).toBe(200)
  })

  it('ends with its time; an expired address is answered as one that never was, and as fast', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    clock.pass(7 * dayMs - 10 * minuteMs)
    expect((await ask(base, pathOf(link))).headers['cache-control']).toMatch(/max-age=(599|600)$/)
    clock.pass(11 * minuteMs)
    const unknown = `/p/${'A'.repeat(27)}.jpg`
    const [expired, never] = [await ask(base, pathOf(link)), await ask(base, unknown)]
    for (const answer of [expired, never]) delete (answer.headers as Record<string, unknown>)['date']
    expect(expired).toEqual(never)
    expect(expired.status).toBe(404)
    const times: Record<'expired' | 'unknown', number[]> = { expired: [], unknown: [] }
    for (let round = 0; round < 200; round++) {
      for (const [kind, path] of [
        ['expired', pathOf(link)],
        ['unknown', unknown],
      ] as const) {
        const begun = performance.now()
        await ask(base, path)
        times[kind].push(performance.now() - begun)
      }
    }
    const median = (all: number[]): number => all.sort((a, b) => a - b)[all.length / 2] ?? 0
    // Neither touches the disk or the database, which would cost some tenths of a millisecond and more.
    expect(Math.abs(median(times.expired) - median(times.unknown))).toBeLessThan(0.25)
    expect(await desk.call('pictures.get', { link })).toMatchObject({ isOffered: false })
  })

  it('stays on offer over a new start', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    const port = new URL(base).port
    await desk.close(true)
    desk = await Desk.open(desk.dataDir, { clock, callbackPort: Number(port) })
    robot = robotHandle(desk, robot.id, robot.serialNo, office.callbackUrl)
    expect((await ask(base, pathOf(link))).status).toBe(200)
  })

  it('downloads that linger are few, end, and hold no callback up', async () => {
    // Larger than what the system takes over at once, so that who does not read holds it.
    const { link, bytes } = await upload(desk, robot.id, largeGif(9_000_000))
    expect(bytes).toBeGreaterThan(8_000_000)
    const { hostname, port } = new URL(base)
    const sockets: Socket[] = []
    for (let n = 0; n < 32; n++) {
      const socket = connect(Number(port), hostname)
      socket.write(`GET ${pathOf(link)} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await new Promise((resolve) => socket.once('readable', resolve))
      sockets.push(socket)
    }
    expect(await ask(base, pathOf(link))).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    // An unknown address is answered as ever.
    expect((await ask(base, '/p/nothing')).status).toBe(404)
    const begun = performance.now()
    await robot.deliver(
      robot.old(1005, { FromUserId: 'u1', ToUserId: 'r', Content: 'while they linger', nPlatformMsgType: 10 }),
    )
    expect(performance.now() - begun).toBeLessThan(2000)
    for (const socket of sockets) socket.destroy()
    await until('a free place', async () => (await ask(base, pathOf(link))).status === 200)
  })
})

describe('in a conversation', () => {
  it('is shown from here, without asking anybody', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    const shown = await desk.engine.media(robot.id, link)
    expect(shown?.type).toBe('image/jpeg')
    expect(shown?.body.toString('latin1')).not.toContain('CANARY')
    // The proxy asks no private address: this one it could not have had.
    expect(await desk.engine.media(robot.id, link.replace('/p/', '/q/'))).toBeNull()
    expect(await desk.engine.media('99', link)).toBeNull()
  })

  it('goes out once for a client id, and its time begins with being sent', async () => {
    const { link, expiresAt } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    clock.pass(2 * dayMs)
    const message = { robotId: robot.id, peer: friend('u7'), type: 'image', content: link, clientId: 'once' } as const
    const first = await desk.call('messages.send', message)
    expect(await desk.call('messages.send', message)).toEqual(first)
    expect(await robot.history(friend('u7'))).toMatchObject([{ type: 'image', content: link }])
    const { expiresAt: after } = await desk.call('pictures.get', { link })
    expect(after - expiresAt).toBeGreaterThan(1.9 * dayMs)
    clock.pass(6 * dayMs)
    expect((await ask(base, pathOf(link))).status).toBe(200)
  })

  it('one that is to go later lasts from then on', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    const at = clock.now() + 30 * dayMs
    await desk.call('scheduled.save', { robotId: robot.id, peer: friend('u8'), type: 'image', content: link, at })
    expect((await desk.call('pictures.get', { link })).expiresAt).toBe(at + 7 * dayMs)
  })

  it('one whose link has expired is not sent', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    clock.pass(8 * dayMs)
    const message = { robotId: robot.id, peer: friend('u9'), type: 'image', content: link } as const
    expect(await desk.refusal('messages.send', message)).toMatchObject({ code: 'picture-expired' })
    expect(await desk.refusal('scheduled.save', { ...message, at: clock.now() + minuteMs })).toMatchObject({
      code: 'picture-expired',
    })
    expect(await robot.history(friend('u9'))).toEqual([])
  })
})

describe('what is kept', () => {
  it('what is offered stays; what has expired goes by the limits of pictures', async () => {
    const megabyte = 1024 * 1024
    await desk.call('settings.set', { mediaMegabytes: 16 })
    clock.pass(60 * dayMs)
    const first = await upload(desk, robot.id, largeGif(6 * megabyte))
    const second = await upload(desk, robot.id, largeGif(6.1 * megabyte))
    expect(await desk.refusal('pictures.begin', { robotId: robot.id, bytes: 6 * megabyte })).toMatchObject({
      code: 'picture-no-room',
      params: { megabytes: 16 },
    })
    const { offered, bytes } = await desk.call('pictures.places', {})
    expect(offered).toBe(2)
    expect(bytes).toBeGreaterThan(12 * megabyte)
    expect((await desk.call('system.storage', {})).mediaBytes).toBeGreaterThan(12 * megabyte)

    clock.pass(8 * dayMs)
    const third = await upload(desk, robot.id, largeGif(6.2 * megabyte))
    await until('room', async () => (await desk.call('pictures.places', {})).bytes < 16 * megabyte)
    // The one that nobody looked at for longest went.
    expect(await desk.engine.media(robot.id, first.link)).toBeNull()
    expect(await desk.engine.media(robot.id, second.link)).not.toBeNull()
    expect((await ask(base, pathOf(third.link))).status).toBe(200)
    // That its link was ours is remembered: it is not sent as a stranger's.
    const message = { robotId: robot.id, peer: friend('u9'), type: 'image', content: first.link }
    expect(await desk.refusal('messages.send', message)).toMatchObject({ code: 'picture-expired' })
    await desk.call('settings.set', { mediaMegabytes: 512 })
  })

  it('files that no picture is known by are swept away', async () => {
    const old = join(desk.dataDir, 'pictures', 'f'.repeat(32))
    writeFileSync(old, 'left over')
    await desk.call('settings.set', { pictureDays: 6 })
    await until('a clean folder', () => !kept().includes('f'.repeat(32)))
    expect(kept().length).toBeGreaterThan(0)
  })
})

describe('under a public URL', () => {
  it('links follow the way in of the connection', async () => {
    const { id: connectionId } = await desk.connect({ url: 'https://gateway.example.com/' }, { name: 'Reached' })
    const { id: robotId } = await desk.call('robots.add', { connectionId, serialNo: '990002' })
    expect((await desk.call('pictures.place', { robotId })).error).toMatchObject({ code: 'picture-no-address' })
    // What stands in front hands everything under its path on to the listener.
    let first = (): Promise<unknown> => Promise.resolve()
    const front = createServer((request, response) => {
      const path = (request.url ?? '').replace(/^\/office/, '')
      const asked = first().then(() => fetch(`${base}${path}`))
      void asked.then(async (answer) => {
        const body = Buffer.from(await answer.arrayBuffer())
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body)
      })
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const publicUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}/office`
    await desk.call('reach.save', { connectionId, settings: { way: 'direct', publicUrl } })
    const { link, bytes } = await upload(desk, robotId, pictureFile('camera.jpg'))
    expect(link.startsWith(`${publicUrl}/p/`)).toBe(true)
    expect((await (await fetch(link)).arrayBuffer()).byteLength).toBe(bytes)
    const { steps } = await desk.call('pictures.test', { connectionId })
    expect(steps.map(({ error }) => error)).toEqual([null, null, null])
    // What is tried stays until it was fetched, whatever is swept away meanwhile; then it goes.
    const before = kept()
    first = async () => {
      const witness = join(desk.dataDir, 'pictures', 'e'.repeat(32))
      writeFileSync(witness, 'left over')
      await desk.call('settings.set', { pictureDays: 7 })
      await until('it to be swept', () => !kept().includes('e'.repeat(32)))
    }
    const swept = await desk.call('pictures.test', { connectionId })
    expect(swept.steps.map(({ error }) => error)).toEqual([null, null, null])
    expect(kept()).toEqual(before)
    // One that does not lead here is found out.
    front.removeAllListeners('request')
    front.on('request', (_request, response) => response.writeHead(502).end())
    const after = await desk.call('pictures.test', { connectionId })
    expect(after.steps.map(({ step, error }) => [step, error?.code])).toEqual([
      ['store', undefined],
      ['fetch', 'picture-not-fetched'],
      ['remove', undefined],
    ])
    // The longest public URL that there may be leaves room for the rest of a link.
    const long = `${publicUrl}/${'a'.repeat(200 - publicUrl.length - 1)}`
    await desk.call('reach.save', { connectionId, settings: { way: 'direct', publicUrl: long } })
    expect((await desk.call('pictures.place', { robotId })).error).toBeNull()
    front.close()
  })
})
