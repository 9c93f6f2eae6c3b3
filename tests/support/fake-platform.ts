/** A platform that does as it is told: records every request, and answers from a script. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PlatformRequest {
  readonly headers: IncomingHttpHeaders
  /** The body as it came. */
  readonly body: string
  readonly query: Readonly<Record<string, string>>
  /** The envelope, wherever and however it came. */
  readonly envelope: Readonly<Record<string, string>>
  /** The method's name without its prefix. */
  readonly method: string
  readonly data: Readonly<Record<string, unknown>>
  /** The serial number that an answer by default gives. */
  readonly serialNo: string
}

export interface PlannedAnswer {
  readonly status?: number
  /** An object is sent as JSON; a function gets the bare response. */
  readonly body: string | object | ((response: ServerResponse) => void)
}

export type Script = (request: PlatformRequest) => PlannedAnswer | Promise<PlannedAnswer>

export interface FakePlatform {
  readonly url: string
  readonly port: number
  readonly requests: PlatformRequest[]
  /** Decides about the answers; by default everything is accepted. */
  script: Script
  of(method: string): PlatformRequest[]
  close(): Promise<void>
}

/** The answer of a platform that takes the request. */
export const accepted = (request: PlatformRequest): PlannedAnswer => ({
  body: { vcSerialNo: request.serialNo, vcSuccess: 'true', nErrorCode: 0, vcErrorMsg: '', data: {} },
})

/** The answer of a platform that refuses. */
export const refused =
  (code: number | string, message: string): Script =>
  (request) => ({ body: { vcSerialNo: request.serialNo, vcSuccess: 'false', nErrorCode: code, vcErrorMsg: message } })

/** An answer that waits until it is let go. */
export function held(then: Script = accepted): { script: Script; release: () => void; asked: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const begun = Promise.withResolvers<undefined>()
  return {
    script: async (request) => {
      begun.resolve(undefined)
      await promise
      return then(request)
    },
    release: () => {
      resolve(undefined)
    },
    asked: begun.promise,
  }
}

/* Nineteen digits: what a parser of doubles would round. */
let lastSerial = 1_849_000_000_000_000_001n

/** A serial number that nobody had before. */
export const nextSerial = (): string => String((lastSerial += 2n))

function read(url: URL, headers: IncomingHttpHeaders, body: string): PlatformRequest {
  const query = Object.fromEntries(url.searchParams)
  const isJson = headers['content-type']?.startsWith('application/json') ?? false
  const inBody = isJson ? (JSON.parse(body) as Record<string, string>) : Object.fromEntries(new URLSearchParams(body))
  const envelope = { ...query, ...inBody }
  return {
    headers,
    body,
    query,
    envelope,
    method: (envelope.method ?? '').split('.').at(-1) ?? '',
    data: JSON.parse(envelope.data ?? '{}') as Record<string, unknown>,
    serialNo: nextSerial(),
  }
}

/** Starts a platform on loopback. @param port a free one unless given */
export async function startPlatform(port = 0): Promise<FakePlatform> {
  const requests: PlatformRequest[] = []
  const server = createServer((message, response) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.on('error', () => {})
    message.on('end', () => {
      const url = new URL(message.url ?? '/', 'http://platform')
      const request = read(url, message.headers, Buffer.concat(chunks).toString('utf8'))
      requests.push(request)
      void Promise.resolve(platform.script(request)).then(({ status, body }) => {
        if (typeof body === 'function') body(response)
        else {
          response.writeHead(status ?? 200, { 'content-type': 'application/json' })
          response.end(typeof body === 'string' ? body : JSON.stringify(body))
        }
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const taken = (server.address() as AddressInfo).port
  const platform: FakePlatform = {
    url: `http://127.0.0.1:${taken}/gateway`,
    port: taken,
    requests,
    script: accepted,
    of: (method) => requests.filter((request) => request.method === method),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return platform
}

/** A merchant's key pair, made once for a test file. */
export const merchantKeys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
