/** What makes a picture the same: its bytes for the room that it takes, its name for what a link means. */
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Desk, until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { dayMs, fakeClock, minuteMs } from '../../support/fake-clock.ts'
import { accepted, held } from '../../support/fake-platform.ts'
import { openPictureOffice, pathOf } from '../../support/picture-office.ts'
import { ask, bringIn, largeGif, pictureFile, upload } from '../../support/pictures.ts'
import { s3Account, s3Server } from '../../support/storage-servers.ts'

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

const offered = async (link: string): Promise<boolean> => (await desk.call('pictures.get', { link })).isOffered
/** Has it looked at once for what has expired, and waits for that. */
const tidied = (what: string, done: () => boolean | Promise<boolean>): Promise<unknown> =>
  until(what, async () => {
    await desk.call('settings.set', { pictureDays: 7 })
    return done()
  })
const movedTo = (publicUrl: string): Promise<unknown> =>
  desk.call('reach.save', { connectionId: office.connectionId, settings: { way: 'direct', publicUrl } })

describe('held by several at the same time', () => {
  it('lasts for the longest, whoever is told last', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    clock.pass(minuteMs)
    const image = { robotId: robot.id, peer: friend('c1'), type: 'image', content: link } as const
    const [sent] = await Promise.all([
      desk.call('messages.send', image),
      ...[9, 30, 12].map((days) => desk.call('scheduled.save', { ...image, at: clock.now() + days * dayMs })),
    ])
    // Its time begins when it goes: that shall be now.
    await robot.settled(sent.operationId, 'accepted', 'done')
    const left = (await desk.call('pictures.get', { link })).expiresAt - clock.now()
    expect(Math.round(left / minuteMs)).toBe((37 * dayMs) / minuteMs)
    clock.pass(36 * dayMs)
    expect((await ask(base, pathOf(link))).status).toBe(200)
    clock.pass(2 * dayMs)
    expect((await ask(base, pathOf(link))).status).toBe(404)
  })
})

describe('the same bytes, offered again', () => {
  it('have a link of their own, and take room once', async () => {
    const before = kept().length
    const { bytes: room } = await desk.call('pictures.places', {})
    const first = await upload(desk, robot.id, largeGif(3_000_000))
    const again = await upload(desk, robot.id, largeGif(3_000_000))
    // Who got the one can neither tell that another got the other, nor keep it alive.
    expect(again.link).not.toBe(first.link)
    expect(kept().length).toBe(before + 1)
    expect((await desk.call('pictures.places', {})).bytes - room).toBe(first.bytes)
    for (const { link } of [first, again]) expect((await ask(base, pathOf(link))).body).toHaveLength(first.bytes)
  })

  it.each([
    ['at once', false],
    ['after that was noticed', true],
  ])('have a file again where it was lost, as with a backup that was restored: %s', async (_when, isNoticed) => {
    const bytes = largeGif(isNoticed ? 400_000 : 300_000)
    const first = await upload(desk, robot.id, bytes)
    for (const name of kept()) rmSync(join(desk.dataDir, 'pictures', name))
    expect((await ask(base, pathOf(first.link))).status).toBe(404)
    if (isNoticed) {
      clock.pass(2 * minuteMs)
      // A link that leads nowhere is not sent.
      await tidied('it to be noticed', async () => !(await offered(first.link)))
      const image = { robotId: robot.id, peer: friend('g1'), type: 'image', content: first.link } as const
      expect(await desk.refusal('messages.send', image)).toMatchObject({ code: 'picture-expired' })
    }
    const again = await upload(desk, robot.id, bytes)
    expect(kept()).toHaveLength(1)
    expect((await ask(base, pathOf(again.link))).body).toHaveLength(again.bytes)
    // What still shares the file is given again, too.
    if (!isNoticed) expect((await ask(base, pathOf(first.link))).body).toHaveLength(first.bytes)
    expect((await desk.engine.media(robot.id, first.link))?.body).toHaveLength(first.bytes)
  })

  it('each end at their own time, and the file goes with the last', async () => {
    const robotId = robot.id
    const first = await upload(desk, robotId, largeGif(2_000_000))
    clock.pass(2 * dayMs)
    const again = await upload(desk, robotId, largeGif(2_000_000))
    await desk.call('settings.set', { mediaMegabytes: 16 })
    onTestFinished(() => desk.call('settings.set', { mediaMegabytes: 512 }).then(() => undefined))
    clock.pass(6 * dayMs)
    const filler = await upload(desk, robotId, largeGif(9_000_000))
    await tidied('the first to be over', async () => !(await offered(first.link)))
    expect((await ask(base, pathOf(first.link))).status).toBe(404)
    expect((await ask(base, pathOf(again.link))).body).toHaveLength(again.bytes)
    // What the first one's message shows is still here: it is the other's file.
    expect((await desk.engine.media(robotId, first.link))?.body).toHaveLength(first.bytes)
    clock.pass(8 * dayMs)
    // The file that two shared was looked at longest ago: it goes first.
    expect((await desk.engine.media(robotId, filler.link))?.body).toHaveLength(filler.bytes)
    await upload(desk, robotId, largeGif(9_500_000))
    await tidied('room', async () => (await desk.call('pictures.places', {})).bytes < 16 * 1024 * 1024)
    expect(await desk.engine.media(robotId, first.link)).toBeNull()
    expect(await desk.engine.media(robotId, again.link)).toBeNull()
  })

  it('are shown again in old messages once they are offered again', async () => {
    const robotId = robot.id
    const bytes = pictureFile('still.webp')
    const old = await upload(desk, robotId, bytes)
    clock.pass(8 * dayMs)
    await desk.call('settings.set', { mediaDays: 1 })
    onTestFinished(() => desk.call('settings.set', { mediaDays: 0 }).then(() => undefined))
    await tidied('it to be over', async () => !(await offered(old.link)))
    await desk.call('settings.set', { mediaDays: 0 })
    await upload(desk, robotId, bytes)
    expect(await desk.engine.media(robotId, old.link)).not.toBeNull()
  })
})

describe('under an address that moved', () => {
  const old = 'https://old.example.com/office'
  const young = 'https://new.example.com'

  it('goes out with the link under which it is reached now: what waited, what is sent again, what was planned', async () => {
    await movedTo(old)
    onTestFinished(() =>
      desk.call('reach.save', { connectionId: office.connectionId, settings: { way: 'off' } }).then(() => undefined),
    )
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    expect(link.startsWith(`${old}/p/`)).toBe(true)
    const name = link.slice(link.lastIndexOf('/') + 1)
    const sent = (): unknown[] =>
      office.platform.requests.map(({ data }) => JSON.stringify(data)).filter((data) => data.includes(name))
    const waits = held()
    office.platform.script = waits.script
    await robot.send(friend('m1'), 'first')
    await waits.asked
    const image = { robotId: robot.id, peer: friend('m1'), type: 'image', content: link, clientId: 'moved' } as const
    const message = await desk.call('messages.send', image)
    await movedTo(young)
    waits.release()
    office.platform.script = accepted
    await until('it to be sent', () => sent().length === 1)
    expect(sent()[0]).toContain(`${young}/p/${name}`)
    expect(sent()[0]).not.toContain(old)
    // The message is the same one: shown from here, sent once for its client id, and its link has a time.
    await robot.settled(message.operationId, 'accepted', 'done')
    expect(await desk.call('messages.send', image)).toEqual(message)
    expect(await robot.history(friend('m1'))).toMatchObject([{ content: link }, { content: 'first' }])
    for (const one of [link, `${young}/p/${name}`]) {
      expect(await desk.engine.media(robot.id, one), one).not.toBeNull()
      expect(await desk.call('pictures.get', { link: one }), one).toMatchObject({ isOffered: true })
    }
    const { expiresAt } = await desk.call('pictures.get', { link })
    // Sent by its new link, it is the same offer that lasts longer.
    clock.pass(dayMs)
    await desk.call('messages.send', { ...image, content: `${young}/p/${name}`, clientId: 'new' })
    const after = (await desk.call('pictures.get', { link })).expiresAt
    expect(Math.round((after - expiresAt) / minuteMs)).toBe(dayMs / minuteMs)
  })

  it('means nothing at an address that is not ours, whoever names it', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    const name = link.slice(link.lastIndexOf('/') + 1)
    for (const elsewhere of ['https://stranger.example', `${base}/p`.replace('/p', '/q'), `${base}/p/x`]) {
      const foreign = `${elsewhere}/p/${name}`
      expect(await desk.refusal('pictures.get', { link: foreign })).toMatchObject({ code: 'not-found' })
      expect(await desk.engine.media(robot.id, foreign), foreign).toBeNull()
    }
  })

  it('is not sent where its offer ended while it waited', async () => {
    const { link } = await upload(desk, robot.id, pictureFile('screen.png'))
    const waits = held()
    office.platform.script = waits.script
    await robot.send(friend('m2'), 'first')
    await waits.asked
    const image = { robotId: robot.id, peer: friend('m2'), type: 'image', content: link } as const
    const { operationId } = await desk.call('messages.send', image)
    clock.pass(8 * dayMs)
    waits.release()
    office.platform.script = accepted
    expect(await robot.settled(operationId, 'failed')).toMatchObject({
      error: { code: 'picture-expired' },
      callIds: [],
    })
  })
})

describe('on another server', () => {
  const s3 = (url: string, publicUrl: string, more: object = {}) =>
    ({ way: 's3', s3: { endpoint: url, bucket: 'chat', publicUrl, ...s3Account, ...more } }) as const

  it('under another public name is the same picture, and is removed when it expires', async () => {
    const server = await s3Server('chat')
    onTestFinished(() => server.close())
    onTestFinished(() => desk.call('pictures.setPlaces', { way: 'public', s3: null }).then(() => undefined))
    await desk.call('pictures.setPlaces', s3(server.url, 'https://pictures.example.com'))
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    const name = link.slice(link.lastIndexOf('/') + 1)
    await desk.call('pictures.setPlaces', s3(server.url, `${server.url}/chat`))
    const { operationId } = await desk.call('messages.send', {
      ...{ robotId: robot.id, peer: friend('e1'), type: 'image', content: link },
    })
    await robot.settled(operationId, 'accepted', 'done')
    expect(JSON.stringify(office.platform.requests.at(-1)?.data)).toContain(`${server.url}/chat/${name}`)
    expect((await fetch(`${server.url}/chat/${name}`)).status).toBe(200)
    clock.pass(8 * dayMs)
    await tidied('it to be removed', async () => (await fetch(`${server.url}/chat/${name}`)).status === 404)
  })

  it('that keeps it and says it failed is rid of it, at once or later', async () => {
    const stored = new Map<string, Buffer>()
    let removes: 'works' | 'fails' = 'works'
    const liar = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const path = request.url?.split('?')[0] ?? ''
        if (request.method === 'PUT') stored.set(path, Buffer.concat(chunks))
        if (request.method === 'DELETE' && removes === 'works') stored.delete(path)
        const fails = request.method === 'PUT' || removes === 'fails'
        response.writeHead(fails ? 500 : 204).end()
      })
    })
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void liar.close())
    onTestFinished(() => desk.call('pictures.setPlaces', { way: 'public', s3: null }).then(() => undefined))
    const url = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`
    await desk.call('pictures.setPlaces', s3(url, `${url}/chat`))
    const refused = async () =>
      desk.refusal('pictures.finish', { uploadId: await bringIn(desk, robot.id, pictureFile('camera.jpg')) })
    expect(await refused()).toMatchObject({ code: 'picture-not-stored', params: { status: 500 } })
    await until('it to be gone', () => stored.size === 0)
    removes = 'fails'
    const { overdue } = await desk.call('pictures.places', {})
    expect(await refused()).toMatchObject({ code: 'picture-not-stored' })
    // It lies there for everybody to read: that is told, and tried again.
    await until('it to be noted', async () => (await desk.call('pictures.places', {})).overdue === overdue + 1)
    expect(stored.size).toBe(1)
    removes = 'works'
    await tidied('it to be gone', () => stored.size === 0)
    await until('none overdue', async () => (await desk.call('pictures.places', {})).overdue === overdue)
  })

  describe('that never answers', () => {
    /** Keeps what it gets, and answers only that something was removed, after a while. */
    async function keeper() {
      const stored = new Set<string>()
      const server = createServer((request, response) => {
        const path = request.url ?? ''
        request.resume().on('end', () => {
          if (request.method === 'PUT') stored.add(path)
          else
            setTimeout(() => {
              stored.delete(path)
              response.writeHead(204).end()
            }, 200)
        })
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => {
        server.closeAllConnections()
        server.close()
      })
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const own = await openEngineOffice({}, { clock })
      const { id } = await own.robot()
      await own.desk.call('pictures.setPlaces', { way: 'webdav', webdav: { url, publicUrl: url } })
      const uploadId = await bringIn(own.desk, id, pictureFile('camera.jpg'))
      const finishing = own.desk.engine.call('pictures.finish', { uploadId }, { locale: 'en' })
      await until('it to be stored', () => stored.size === 1)
      return { stored, own, finishing }
    }

    it('is rid of what it kept when this machine went down in the middle of it', async () => {
      const { stored, own, finishing } = await keeper()
      // It is neither offered nor overdue while it is under way.
      expect(await own.desk.call('pictures.places', {})).toMatchObject({ offered: 0, overdue: 0 })
      const copy = `${own.desk.dataDir}-after`
      cpSync(own.desk.dataDir, copy, { recursive: true })
      // What is on the disk in that moment is all that another start knows.
      const after = await Desk.open(copy, { clock })
      expect(await after.call('pictures.places', {})).toMatchObject({ offered: 0, overdue: 1 })
      await until('it to be removed', async () => {
        await after.call('settings.set', { pictureDays: 7 })
        return stored.size === 0
      })
      await until('none overdue', async () => (await after.call('pictures.places', {})).overdue === 0)
      await after.close()
      await own.close()
      await finishing
    })

    it('is rid of it before the engine stands still', async () => {
      const { stored, own, finishing } = await keeper()
      await own.close()
      expect(stored.size).toBe(0)
      await finishing
    })
  })

  it('that is away is asked for one of its pictures, not for each, and keeps nothing here waiting', async () => {
    const asked = new Set<string>()
    let isAway = false
    let refused = ''
    const server = createServer((request, response) => {
      if (request.method === 'DELETE' && isAway) {
        asked.add(request.url ?? '')
        request.socket.destroy()
      } else if (request.method === 'DELETE' && request.url === refused) response.writeHead(403).end()
      else request.resume().on('end', () => response.writeHead(200).end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await desk.call('pictures.setPlaces', { way: 'webdav', webdav: { url, publicUrl: url } })
    for (const name of ['camera.jpg', 'screen.png', 'still.webp']) await upload(desk, robot.id, pictureFile(name))
    await desk.call('pictures.setPlaces', { way: 'public' })
    isAway = true
    clock.pass(8 * dayMs)
    const witness = join(desk.dataDir, 'pictures', 'e'.repeat(32))
    writeFileSync(witness, 'left over')
    await tidied('what is here to be tidied', () => asked.size > 0 && !existsSync(witness))
    expect(asked.size).toBe(1)
    isAway = false
    // One that it refuses to remove keeps the others from nothing.
    refused = [...asked][0] ?? ''
    await tidied('the others to be removed', async () => (await desk.call('pictures.places', {})).overdue === 1)
    refused = ''
    await tidied('all of them to be removed', async () => (await desk.call('pictures.places', {})).overdue === 0)
    await desk.call('pictures.setPlaces', { webdav: null })
  })

  it('of two places that are given together, a secret that is missing leaves both as they were', async () => {
    const { s3: place } = s3('https://s3.example.com', 'https://p.example.com')
    const webdav = { url: 'https://dav.example.com/', publicUrl: 'https://p.example.com', username: 'anna' }
    const before = await desk.call('pictures.places', {})
    expect(await desk.refusal('pictures.setPlaces', { way: 's3', s3: place, webdav })).toMatchObject({
      ...{ code: 'invalid-input', params: { field: 'webdav.password' } },
    })
    expect(await desk.call('pictures.places', {})).toEqual(before)
    // No secret stayed behind either: it would be there for an address that comes later.
    const { secretAccessKey: _secret, ...without } = place
    expect(await desk.refusal('pictures.setPlaces', { s3: without })).toMatchObject({
      ...{ code: 'invalid-input', params: { field: 's3.secretAccessKey', problem: 'is needed at first' } },
    })
  })
})
