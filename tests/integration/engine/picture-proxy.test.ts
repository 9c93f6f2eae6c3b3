/** The media proxy: only pictures, only of bounded size, only from where they may come. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
  'base64',
)
/* The same, but its header promises 30,000 by 30,000 pixels: some gigabytes when decoded. */
const bomb = Buffer.from(png)
bomb.writeUInt32BE(30_000, 16)
bomb.writeUInt32BE(30_000, 20)
const asked: string[] = []
const pages: Record<string, (response: ServerResponse) => void> = {
  '/1.png': (response) => response.end(png),
  '/late.png': (response) => response.end(png),
  '/lie.png': (response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end('<html><script>alert(1)</script>'),
  '/svg': (response) =>
    response
      .writeHead(200, { 'content-type': 'image/svg+xml' })
      .end('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
  '/bomb.png': (response) => response.end(bomb),
  '/gone': (response) => response.writeHead(404).end(png),
  '/large': (response) => response.end(Buffer.concat([png, Buffer.alloc(15 * 1024 * 1024)])),
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': '5000' })
    response.write(png, () => response.destroy())
  },
  '/inside': (response) => response.writeHead(302, { location: `http://127.0.0.1:${other}/1.png` }).end(),
  '/name': (response) => response.writeHead(302, { location: `http://localhost:${other}/1.png` }).end(),
  '/mapped': (response) => response.writeHead(302, { location: `http://[::ffff:127.0.0.1]:${other}/1.png` }).end(),
  '/metadata': (response) => response.writeHead(307, { location: 'http://169.254.169.254/latest/' }).end(),
  '/file': (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/loop': (response) => response.writeHead(302, { location: '/loop' }).end(),
  '/hop': (response) => response.writeHead(301, { location: '/1.png' }).end(),
}

let office: EngineOffice
let robotId: string
let strangerId: string
let origin: string
let other = 0
const servers: ReturnType<typeof createServer>[] = []

async function serve(): Promise<number> {
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host ?? ''}${request.url ?? ''}`)
    const page = pages[request.url ?? '']
    if (page) page(response)
    else response.writeHead(404).end()
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  origin = `http://127.0.0.1:${await serve()}`
  other = await serve()
  office = await openEngineOffice({ advanced: { mediaOrigins: [origin] } })
  robotId = (await office.robot()).id
  const { id: connectionId } = await office.desk.connect(office.platform)
  strangerId = (await office.desk.call('robots.add', { connectionId, serialNo: 'stranger' })).id
})
afterAll(async () => {
  await office.close()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

it('gives a picture from an allowed origin, asks for it once, and follows a redirect there', async () => {
  const [one, two] = await Promise.all([1, 2].map(() => office.desk.engine.media(robotId, `${origin}/1.png`)))
  expect(one).toMatchObject({ type: 'image/png' })
  expect(one?.body.equals(png)).toBe(true)
  expect(two?.body.equals(png)).toBe(true)
  expect((await office.desk.engine.media(robotId, `${origin}/1.png`))?.type).toBe('image/png')
  expect(asked.filter((path) => path.endsWith('/1.png'))).toHaveLength(1)
  expect((await office.desk.engine.media(robotId, `${origin}/hop`))?.type).toBe('image/png')
})

it.each(['/lie.png', '/bomb.png', '/svg', '/gone', '/large', '/cut', '/loop', '/nothing'])(
  'gives nothing for %s',
  async (path) => {
    expect(await office.desk.engine.media(robotId, `${origin}${path}`)).toBeNull()
  },
)

it.each(['/inside', '/name', '/mapped', '/metadata', '/file'])('does not follow the redirect of %s', async (path) => {
  const before = asked.length
  expect(await office.desk.engine.media(robotId, `${origin}${path}`)).toBeNull()
  expect(asked.slice(before).filter((request) => !request.endsWith(path))).toEqual([])
})

it('asks nobody for what may not be asked for', async () => {
  const before = asked.length
  for (const link of [
    `http://127.0.0.1:${other}/1.png`,
    `http://localhost:${other}/1.png`,
    `http://[::1]:${other}/1.png`,
    `http://[::ffff:127.0.0.1]:${other}/1.png`,
    `http://2130706433:${other}/1.png`,
    `http://0x7f.1:${other}/1.png`,
    `http://0.0.0.0:${other}/1.png`,
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'data:image/png;base64,iVBORw0KGgo=',
    'javascript:alert(1)',
    'not a link',
  ]) {
    expect(await office.desk.engine.media(robotId, link), link).toBeNull()
  }
  expect(asked.slice(before)).toEqual([])
})

it('does not give to one connection what only another allows, nor to nobody', async () => {
  await office.desk.engine.media(robotId, `${origin}/1.png`)
  expect(await office.desk.engine.media(strangerId, `${origin}/1.png`)).toBeNull()
  for (const id of ['999999', '', 'x', '1 OR 1=1'])
    expect(await office.desk.engine.media(id, `${origin}/1.png`)).toBeNull()
})
