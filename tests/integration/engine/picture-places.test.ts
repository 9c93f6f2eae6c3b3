/** Pictures on other servers: S3 by its official client against s3rver, WebDAV against rclone and nginx. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { EntryInput } from '#shared/contract/index.ts'
import { DeafServer } from '../../support/deaf-server.ts'
import { type Desk, until } from '../../support/desk.ts'
import { openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { dayMs, fakeClock } from '../../support/fake-clock.ts'
import { bringIn, pictureFile, upload } from '../../support/pictures.ts'
import { hasSystemServers } from '../../support/servers.ts'
import * as servers from '../../support/storage-servers.ts'

type Places = EntryInput<'pictures.setPlaces'>

const clock = fakeClock()
let office: EngineOffice
let desk: Desk
let robot: RobotHandle

beforeAll(async () => {
  // Nothing of this machine's listener is needed: the platform is elsewhere.
  office = await openEngineOffice({ gatewayUrl: 'https://gateway.example.com/' }, { clock })
  desk = office.desk
  robot = await office.robot()
})
afterAll(() => office.close())

const fetched = async (link: string) => {
  const answer = await fetch(link)
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: Buffer.from(await answer.arrayBuffer()),
  }
}
const expires = async (link: string): Promise<void> => {
  clock.pass(8 * dayMs)
  // Any change of the settings has what expired looked for at once.
  await desk.call('settings.set', { pictureDays: 7 })
  await until('it to be gone', async () => (await fetch(link)).status === 404)
}

interface Kind {
  readonly name: string
  readonly has: boolean
  start(): Promise<servers.StorageServer>
  places(url: string): Places
  /** With a wrong password. */
  wrong(url: string): Places
  /** Into a bucket or folder that is not there. */
  lost(url: string): Places
  /** How that is told. */
  readonly lostProblem: string
}

const dav = (url: string, path: string, publicPath: string, password: string, username = 'anna'): Places => ({
  way: 'webdav',
  webdav: { url: `${url}${path}`, username, publicUrl: `${url}${publicPath}`, password },
})
const s3 = (url: string, more: object = {}): Places => ({
  way: 's3',
  s3: { endpoint: url, bucket: 'chat', prefix: 'a/b/', publicUrl: `${url}/chat`, ...servers.s3Account, ...more },
})
const kinds: Kind[] = [
  {
    name: 'S3 (s3rver)',
    has: true,
    start: () => servers.s3Server('chat'),
    places: (url) => s3(url),
    wrong: (url) => s3(url, { secretAccessKey: 'wrong' }),
    lost: (url) => s3(url, { bucket: 'nobody' }),
    lostProblem: 'picture-folder',
  },
  {
    name: 'WebDAV (nginx)',
    has: hasSystemServers,
    start: () => servers.nginxServer('anna', 'p-ä ss'),
    places: (url) => dav(url, '/dav/', '/pictures/', 'p-ä ss'),
    wrong: (url) => dav(url, '/dav/', '/pictures/', 'wrong'),
    lost: (url) => dav(url, '/dav/x/y', '/pictures/', 'p-ä ss'),
    // It answers 500: what it is it does not say.
    lostProblem: 'picture-refused',
  },
]

describe.each(kinds)('$name', ({ has, start, places, wrong, lost, lostProblem }) => {
  let server: servers.StorageServer
  beforeAll(async () => {
    if (has) server = await start()
  })
  afterAll(() => server?.close())

  it.skipIf(!has)('takes a picture, gives it to everybody by its link, and loses it when that expires', async () => {
    await desk.call('pictures.setPlaces', places(server.url))
    expect(await desk.call('pictures.place', { robotId: robot.id })).toMatchObject({ error: null })
    const picture = await upload(desk, robot.id, pictureFile('camera.jpg'))
    expect(new URL(picture.link).pathname).toMatch(/\/[\w-]{27}\.jpg$/)
    const there = await fetched(picture.link)
    expect(there).toMatchObject({ status: 200, type: 'image/jpeg' })
    expect(there.body.toString('latin1')).not.toContain('CANARY')
    // Shown from here: the proxy would not ask an address of this network.
    expect((await desk.engine.media(robot.id, picture.link))?.body.equals(there.body)).toBe(true)
    await expires(picture.link)
    expect(await desk.call('pictures.get', { link: picture.link })).toMatchObject({ isOffered: false })
    expect((await desk.engine.media(robot.id, picture.link))?.body.equals(there.body)).toBe(true)
  })

  it.skipIf(!has)('is tried: stored, fetched, removed', async () => {
    await desk.call('pictures.setPlaces', places(server.url))
    const { steps, link } = await desk.call('pictures.test', {})
    expect(steps).toEqual(['store', 'fetch', 'remove'].map((step) => ({ step, error: null })))
    expect((await fetch(link ?? '')).status).toBe(404)
  })

  it.skipIf(!has)('says what is wrong: the secret, the place, the public address', async () => {
    const failing = async (input: Places) => {
      await desk.call('pictures.setPlaces', input)
      return (await desk.call('pictures.test', {})).steps.map(({ step, error }) => [step, error?.params?.['problem']])
    }
    expect(await failing(wrong(server.url))).toEqual([['store', 'picture-access']])
    const refusal = await desk.refusal('pictures.finish', {
      uploadId: await bringIn(desk, robot.id, pictureFile('camera.jpg')),
    })
    expect(refusal).toMatchObject({ code: 'picture-not-stored', params: { problem: 'picture-access' } })
    expect(await failing(lost(server.url))).toEqual([['store', lostProblem]])
    const elsewhere = places(server.url)
    for (const place of [elsewhere.s3, elsewhere.webdav]) if (place) place.publicUrl = `${server.url}/other`
    expect(await failing(elsewhere)).toEqual([
      ['store', undefined],
      ['fetch', 'picture-folder'],
      ['remove', undefined],
    ])
  })

  it.skipIf(!has)(
    'is away for a while: refused with the reason, taken again, and what expired meanwhile goes then',
    async () => {
      await desk.call('pictures.setPlaces', places(server.url))
      const { link } = await upload(desk, robot.id, pictureFile('still.webp'))
      const tries = (): number =>
        desk.log.filter(({ message }) => message.startsWith('an expired picture could not')).length
      const before = tries()
      await server.stop()
      const uploadId = await bringIn(desk, robot.id, pictureFile('camera.jpg'))
      expect(await desk.refusal('pictures.finish', { uploadId })).toMatchObject({
        code: 'picture-not-stored',
        params: { problem: 'picture-connect' },
      })
      clock.pass(8 * dayMs)
      await desk.call('settings.set', { pictureDays: 7 })
      await until('a try', () => tries() > before)
      await server.start()
      expect((await fetched(link)).status).toBe(200)
      await upload(desk, robot.id, pictureFile('camera.jpg'))
      await expires(link)
    },
  )
})

describe('a place that was changed since', () => {
  /** Waits until it was looked once: a file that no picture is known by is swept away after what expired. */
  const tidied = async (): Promise<void> => {
    const witness = join(desk.dataDir, 'pictures', 'f'.repeat(32))
    writeFileSync(witness, 'left over')
    await until('it to be tidied', async () => {
      await desk.call('settings.set', { pictureDays: 7 })
      return !existsSync(witness)
    })
  }

  it.each([
    ['to another', (url: string) => s3(url, { prefix: 'new/' })],
    ['to none', (): Places => ({ s3: null })],
  ])('%s: what expires is told as overdue, once in the log, and goes when the place is back', async (_to, changed) => {
    const server = await servers.s3Server('chat')
    onTestFinished(() => server.close())
    await desk.call('pictures.setPlaces', s3(server.url))
    const { link } = await upload(desk, robot.id, pictureFile('camera.jpg'))
    const { overdue: before } = await desk.call('pictures.places', {})
    await desk.call('pictures.setPlaces', changed(server.url))
    const told = (): number => desk.log.filter(({ message }) => message.includes('the place was changed since')).length
    const toldBefore = told()
    clock.pass(8 * dayMs)
    await desk.call('settings.set', { pictureDays: 7 })
    await until('it to be told', () => told() > toldBefore)
    const toldThen = told()
    await tidied()
    await tidied()
    expect(told()).toBe(toldThen)
    expect((await fetch(link)).status).toBe(200)
    expect(await desk.call('pictures.get', { link })).toMatchObject({ isOffered: false })
    expect(await desk.call('pictures.places', {})).toMatchObject({ offered: 0, overdue: before + 1 })
    await desk.call('pictures.setPlaces', s3(server.url))
    await tidied()
    await tidied()
    expect((await fetch(link)).status).toBe(404)
    await until('none overdue', async () => (await desk.call('pictures.places', {})).overdue === before)
  })
})

describe.skipIf(!hasSystemServers)('WebDAV (rclone)', () => {
  it('takes a picture and loses it again; reading needs the password there', async () => {
    const server = await servers.rcloneServer('anna', 'secret')
    onTestFinished(() => server.close())
    await desk.call('pictures.setPlaces', dav(server.url, '/', '/', 'secret'))
    const { link } = await upload(desk, robot.id, pictureFile('screen.png'))
    const [name = ''] = readdirSync(server.folder)
    expect(link).toBe(`${server.url}/${name}`)
    const { steps } = await desk.call('pictures.test', {})
    expect(steps.map(({ step, error }) => [step, error?.params?.['problem']])).toEqual([
      ['store', undefined],
      ['fetch', 'picture-access'],
      ['remove', undefined],
    ])
    clock.pass(8 * dayMs)
    await desk.call('settings.set', { pictureDays: 7 })
    await until('an empty folder', () => readdirSync(server.folder).length === 0)
  })
})

describe('a place elsewhere', () => {
  const deaf = new DeafServer()
  beforeAll(() => deaf.open())
  afterAll(() => deaf.close())

  it.each([
    ['S3', () => s3(deaf.url)],
    ['WebDAV', () => dav(deaf.url, '/', '/', 'secret')],
  ])('%s: storing is given up while it is under way', async (_name, places) => {
    await desk.call('pictures.setPlaces', places())
    const before = readdirSync(join(desk.dataDir, 'pictures')).length
    const asked = deaf.asked('PUT', /./)
    const uploadId = await bringIn(desk, robot.id, pictureFile('camera.jpg'))
    const finishing = desk.refusal('pictures.finish', { uploadId })
    const { url: put = '' } = await asked
    // The same upload is not stored twice.
    expect(await desk.refusal('pictures.finish', { uploadId })).toMatchObject({ code: 'not-allowed-now' })
    // It may have arrived: it is removed there.
    const undone = deaf.asked('DELETE', new RegExp(new URL(put, deaf.url).pathname))
    await desk.call('pictures.cancel', { uploadId })
    await undone
    deaf.hangUp()
    expect(await finishing).toMatchObject({ code: 'not-found' })
    expect(readdirSync(join(desk.dataDir, 'pictures'))).toHaveLength(before)
  })

  it.each([
    ['S3', (at: string) => s3(at)],
    ['WebDAV', (at: string) => dav(at, '/dav/', '/', 'secret')],
  ])('%s: one that points elsewhere is refused with its status, and nothing goes there', async (_name, places) => {
    const asked: string[] = []
    const listen = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
      const server = createServer(answer)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => {
        server.closeAllConnections()
        server.close()
      })
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }
    const other = await listen((request, response) => {
      asked.push(`${request.method ?? ''} ${request.headers.authorization ?? ''}`)
      response.writeHead(201).end()
    })
    const first = await listen((request, response) => {
      request.resume().on('end', () => response.writeHead(307, { location: `${other}${request.url ?? ''}` }).end())
    })
    await desk.call('pictures.setPlaces', places(first))
    const uploadId = await bringIn(desk, robot.id, pictureFile('camera.jpg'))
    expect(await desk.refusal('pictures.finish', { uploadId })).toMatchObject({
      ...{ code: 'picture-not-stored', params: { problem: 'picture-refused', status: 307 } },
    })
    expect(asked).toEqual([])
  })

  it('needs its secret once, keeps it, and never gives it back', async () => {
    const { s3: place } = s3('https://s3.example.com')
    const { secretAccessKey: _secret, ...without } = place ?? ({} as never)
    await desk.call('pictures.setPlaces', { way: 'public', s3: null, webdav: null })
    expect(await desk.refusal('pictures.setPlaces', { s3: without })).toMatchObject({
      code: 'invalid-input',
      params: { field: 's3.secretAccessKey' },
    })
    await desk.call('pictures.setPlaces', { s3: { ...without, secretAccessKey: 'CANARY-secret' } })
    await desk.call('pictures.setPlaces', { way: 's3', s3: without })
    // What is kept goes to no other server, and under no other name.
    for (const other of [{ endpoint: 'https://s3.example.org' }, { accessKeyId: 'another' }]) {
      expect(await desk.refusal('pictures.setPlaces', { s3: { ...without, ...other } })).toMatchObject({
        code: 'invalid-input',
        params: { field: 's3.secretAccessKey' },
      })
    }
    await desk.call('pictures.setPlaces', { s3: { ...without, prefix: 'other/' } })
    const kept = await desk.call('pictures.places', {})
    expect(kept).toMatchObject({ way: 's3', s3: { bucket: 'chat' } })
    expect(JSON.stringify([kept, desk.events, desk.log])).not.toContain('CANARY-secret')
    // The place is taken away: pictures no longer go there.
    await desk.call('pictures.setPlaces', { s3: null })
    expect(await desk.call('pictures.places', {})).toMatchObject({ way: 'public', s3: null })
    expect(await desk.refusal('pictures.setPlaces', { way: 's3' })).toMatchObject({ code: 'invalid-input' })
  })

  it('a password for a folder goes to no other address, and under no other name', async () => {
    const webdav = { url: 'https://dav.example.com/p/', publicUrl: 'https://p.example.com', username: 'anna' }
    await desk.call('pictures.setPlaces', { webdav: { ...webdav, password: 'secret' } })
    await desk.call('pictures.setPlaces', { webdav: { ...webdav, publicUrl: 'https://q.example.com' } })
    for (const other of [{ url: 'https://dav.example.org/p/' }, { username: 'berta' }]) {
      expect(await desk.refusal('pictures.setPlaces', { webdav: { ...webdav, ...other } })).toMatchObject({
        code: 'invalid-input',
        params: { field: 'webdav.password' },
      })
    }
    expect(await desk.call('pictures.places', {})).toMatchObject({ webdav: { url: webdav.url, username: 'anna' } })
    await desk.call('pictures.setPlaces', { webdav: null })
  })

  it('a folder that asks for no name has no password', async () => {
    const asked = deaf.asked('PUT', /./)
    await desk.call('pictures.setPlaces', { way: 'webdav', webdav: { url: deaf.url, publicUrl: deaf.url } })
    const testing = desk.call('pictures.test', {})
    const { headers, socket } = await asked
    expect(headers.authorization).toBeUndefined()
    socket.destroy()
    expect((await testing).steps).toMatchObject([{ step: 'store', error: { code: 'picture-not-stored' } }])
    expect(await desk.call('pictures.places', {})).toMatchObject({ webdav: { username: '' } })
    // With a name there has to be one, also where none was before.
    const named = { webdav: { url: deaf.url, publicUrl: deaf.url, username: 'anna' } }
    expect(await desk.refusal('pictures.setPlaces', named)).toMatchObject({ code: 'invalid-input' })
    await desk.call('pictures.setPlaces', { way: 'public', webdav: null })
  })

  it.each([
    ['a password in clear', { url: 'http://dav.example.com/p/', publicUrl: 'https://p.example.com' }],
    ['a password in the address', { url: 'https://u:p@dav.example.com/p/', publicUrl: 'https://p.example.com' }],
    ['a public address with a query', { url: 'https://dav.example.com/', publicUrl: 'https://p.example.com?token=1' }],
    ['an address of another kind', { url: 'https://dav.example.com/', publicUrl: 'ftp://p.example.com' }],
  ])('refuses %s', async (_name, webdav) => {
    const input = { webdav: { username: 'anna', password: 'x', ...webdav } }
    expect(await desk.refusal('pictures.setPlaces', input)).toMatchObject({ code: 'invalid-input' })
  })
})
