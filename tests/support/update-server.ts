/** A server of new versions: what electron-builder uploads for AppImages and for macOS, over real HTTP. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface UpdateServer {
  readonly url: string
  /** Paths that were asked for. */
  readonly asked: string[]
  /** Puts a version there. */
  offer(version: Offered): void
  /** Answers nothing but this status from now on. */
  fail(status: number | null): void
  close(): Promise<void>
}

export interface Offered {
  readonly version: string
  readonly channel?: 'latest' | 'beta'
  readonly system?: 'linux' | 'mac'
  /** The program itself. */
  readonly content: Buffer
  /** Another checksum than that of the program. */
  readonly sha512?: string
  readonly notes?: string
  /** Of a hundred who ask, how many are to have it. */
  readonly stagingPercentage?: number
}

const fileOf = ({ version, system = 'linux' }: Offered): string =>
  system === 'mac' ? `Switchboard-${version}-mac-universal.zip` : `Switchboard-${version}-linux-x64.AppImage`

const infoOf = (offered: Offered): string => {
  const { version, content, sha512, notes, stagingPercentage } = offered
  const sum = sha512 ?? createHash('sha512').update(content).digest('base64')
  const file = fileOf(offered)
  return [
    `version: ${version}`,
    'files:',
    `  - url: ${file}`,
    `    sha512: ${sum}`,
    `    size: ${content.length}`,
    `path: ${file}`,
    `sha512: ${sum}`,
    ...(notes === undefined ? [] : [`releaseNotes: ${JSON.stringify(notes)}`]),
    ...(stagingPercentage === undefined ? [] : [`stagingPercentage: ${stagingPercentage}`]),
    "releaseDate: '2026-11-26T00:00:00.000Z'",
    '',
  ].join('\n')
}

/** Starts one on loopback. */
export async function startUpdateServer(): Promise<UpdateServer> {
  const files = new Map<string, Buffer>()
  const asked: string[] = []
  let status: number | null = null
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    asked.push(pathname)
    const file = files.get(pathname)
    if (status !== null || !file) response.writeHead(status ?? 404).end()
    else response.writeHead(200, { 'content-length': file.length }).end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    offer(offered) {
      const { channel = 'latest', system = 'linux' } = offered
      files.set(`/${channel}-${system}.yml`, Buffer.from(infoOf(offered)))
      files.set(`/${fileOf(offered)}`, offered.content)
    },
    fail(next) {
      status = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}
