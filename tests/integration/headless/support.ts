/** A headless server over a fake engine, with a small built renderer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, type ServerOptions, startServer } from '../../../electron/headless/server.ts'
import { type FakeEngine, fakeEngine, silentLog } from '../../support/fake-engine.ts'

export const token = 'token-for-the-test'

export interface TestServer extends Server {
  readonly engine: FakeEngine
  ask(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Reply>
  call(entry: string, input: unknown, headers?: Record<string, string>): Promise<Reply>
  /** Signs in by the one-time link. @returns the Cookie header */
  enter(): Promise<string>
  readonly origin: string
  readonly wsUrl: string
  remove(): Promise<void>
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The body as JSON. */
  json(): { ok: boolean; result?: unknown; error?: { code: string; message: string; hint: string } }
}

/* fetch() would set Host, Origin and Cookie as it sees fit; here each is what the test says. */
function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          json: () => JSON.parse(text) as ReturnType<Reply['json']>,
        })
      })
      incoming.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const rendererDir = mkdtempSync(join(tmpdir(), 'switchboard-renderer-'))
  mkdirSync(join(rendererDir, 'assets'))
  writeFileSync(join(rendererDir, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(rendererDir, 'assets', 'index-abc123.js'), 'export {}')
  const engine = fakeEngine()
  const server = await startServer({
    engine,
    port: 0,
    token,
    version: '0.0.0',
    rendererDir,
    log: silentLog,
    ...options,
  })
  server.open()
  const origin = `http://127.0.0.1:${server.port}`
  return {
    ...server,
    engine,
    origin,
    wsUrl: `ws://127.0.0.1:${server.port}/ws`,
    ask: (method, path, headers, body) => ask(server.port, method, path, headers, body),
    call: (entry, input, headers) =>
      ask(
        server.port,
        'POST',
        `/api/${entry}`,
        { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
        JSON.stringify(input),
      ),
    async enter() {
      const reply = await ask(server.port, 'GET', new URL(server.url).pathname + new URL(server.url).search)
      return reply.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    },
    async remove() {
      await server.close()
      rmSync(rendererDir, { recursive: true })
    },
  }
}
