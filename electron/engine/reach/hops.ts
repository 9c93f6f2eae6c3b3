/**
 * Goes from a connection's public address back to this machine, hop by hop, and stops at the first that fails. One
 * request goes out, to that address alone: the name is looked up once, what it may not point to is left out, and no
 * redirect is followed.
 */
import { lookup as lookUp } from 'node:dns/promises'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import ipaddr from 'ipaddr.js'
import type { ErrorParams } from '#shared/contract/errors.ts'
import { reachFindingWords, type ReachFindingCode, type ReachHop } from '#shared/contract/reach-findings.ts'
import { isPublicAddress } from './addresses.ts'
import type { Nonce } from './nonces.ts'

/** A finding before it is put into words. */
export interface Found {
  readonly hop: ReachHop
  readonly code: ReachFindingCode
  readonly params: ErrorParams
}

export interface HopOptions {
  /** The connection's callback URL. */
  readonly callbackUrl: string
  readonly nonce: Pick<Nonce, 'text' | 'read'>
  /** Whether the address is this network's own: then its router may keep it from calling itself. */
  readonly isOwnNetwork: boolean
  /** How long each hop may take, in milliseconds. */
  readonly hopMs?: number
  /** How long all hops together may take, in milliseconds; absent: as long as each of them may. */
  readonly wholeMs?: number
  /** Which addresses may be asked; absent: those that a host of the application's operator may have. */
  readonly mayBeAsked?: (address: string) => boolean
  /** Absent: the system's. */
  readonly resolve?: (host: string) => Promise<string[]>
  readonly connect?: (address: string, port: number, ms: number) => Promise<Socket>
  /** Authorities to trust, PEM; absent: those of Node. */
  readonly ca?: string
}

const usualHopMs = 8000
/** So much of an answer is read, in bytes: ours is shorter. */
const bodyLimit = 1024

/** A hop that fails ends the walk. */
class Stop extends Error {
  readonly found: Found
  constructor(hop: ReachHop, code: ReachFindingCode, params: ErrorParams = {}) {
    super(code)
    this.found = { hop, code, params }
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)

const allowed: ReadonlySet<string> = new Set(['unicast', 'private', 'loopback', 'uniqueLocal', 'carrierGradeNat'])
/** What a host of the application's operator may be. Link-local addresses serve machines their own secrets. */
export const mayBeHost = (address: string): boolean =>
  ipaddr.isValid(address) && allowed.has(ipaddr.process(address).range())

async function inTime<Result>(ms: number, work: Promise<Result>, late: () => Error): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)))
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

const fromSystem = async (host: string): Promise<string[]> =>
  (await lookUp(host, { all: true })).map(({ address }) => address)

interface Named {
  readonly addresses: readonly string[]
  readonly found: Found
}

/** @throws Stop where the name is unknown, or points to what may not be asked */
async function findAddresses(host: string, options: HopOptions, ms: number): Promise<Named> {
  const { resolve = fromSystem, mayBeAsked = mayBeHost } = options
  const isAddress = isIP(host) !== 0
  const late = (): Stop => new Stop('dns', 'dns-unknown', { host })
  const all = isAddress ? [host] : await inTime(ms, resolve(host), late).catch(() => Promise.reject(late()))
  const addresses = all.filter(mayBeAsked)
  const params = { host, addresses: (addresses.length > 0 ? addresses : all).join(', ') }
  if (all.length === 0) throw late()
  if (addresses.length === 0) throw new Stop('dns', 'dns-forbidden', params)
  if (!addresses.some(isPublicAddress)) {
    return { addresses, found: { hop: 'dns', code: isAddress ? 'dns-private-address' : 'dns-private', params } }
  }
  return { addresses, found: { hop: 'dns', code: isAddress ? 'dns-address' : 'dns-found', params } }
}

const connectOnce = (address: string, port: number, ms: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port })
    socket.setTimeout(ms, () => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
    socket.once('connect', () => {
      socket.setTimeout(0)
      // From here on whoever uses it hears of its end.
      socket.on('error', () => undefined)
      resolve(socket)
    })
    socket.once('error', reject)
  })

/** Two of each kind, in their order: behind a name with many of one kind another may be the only one that is reached. */
const someOf = (addresses: readonly string[]): string[] => {
  const ofKind = (kind: number): string[] => addresses.filter((address) => isIP(address) === kind).slice(0, 2)
  const some = new Set([...ofKind(4), ...ofKind(6)])
  return addresses.filter((address) => some.has(address))
}

/** Those of this machine's network cards. */
export const ownAddresses = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)))

/** @throws Stop */
async function connectTo(
  addresses: readonly string[],
  port: number,
  options: HopOptions,
  left: () => number,
  host: string,
): Promise<Socket> {
  let problem = ''
  for (const address of someOf(addresses)) {
    try {
      return await (options.connect ?? connectOnce)(address, port, left())
    } catch (error) {
      problem = codeOf(error)
    }
  }
  const own = ownAddresses()
  // An address of this machine itself, or of its own network, is not beyond a router.
  const isBeyondRouter = addresses.some(isPublicAddress) && !addresses.some((address) => own.has(address))
  if (options.isOwnNetwork && isBeyondRouter) throw new Stop('tcp', 'tcp-cannot-tell', { host, port })
  throw new Stop('tcp', problem === 'ECONNREFUSED' ? 'tcp-refused' : 'tcp-silent', { host, port })
}

/** What is wrong with a certificate. */
function tlsFailure(error: unknown, socket: TLSSocket, host: string): Stop {
  const code = codeOf(error)
  if (code === 'CERT_HAS_EXPIRED') return new Stop('tls', 'tls-expired')
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    // The error brings the certificate along: the socket has forgotten it by now.
    const { subjectaltname = '?' } = (error as { cert?: { subjectaltname?: string } }).cert ?? {}
    const names = subjectaltname.replace(/(DNS|IP Address):/g, '')
    return new Stop('tls', 'tls-other-name', { host, names: names.slice(0, 200) })
  }
  // Set where the handshake went well and the certificate did not.
  return new Stop('tls', socket.authorizationError ? 'tls-untrusted' : 'tls-broken', { problem: code })
}

/** @throws Stop */
async function encrypt(socket: Socket, host: string, { ca }: HopOptions, ms: number): Promise<TLSSocket> {
  const name = isIP(host) === 0 ? { servername: host } : { host }
  const secure = connectTls({ socket, ...name, minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) })
  const done = new Promise<TLSSocket>((resolve, reject) => {
    secure.once('secureConnect', () => resolve(secure))
    secure.once('error', (error) => reject(tlsFailure(error, secure, host)))
    secure.once('close', () => reject(new Stop('tls', 'tls-broken', { problem: 'ECONNRESET' })))
  })
  return inTime(ms, done, () => new Stop('tls', 'tls-broken', { problem: 'TIMEOUT' }))
}

interface Answer {
  readonly status: number
  readonly location: string
  readonly body: string
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    if (length > bodyLimit) break
  }
  return Buffer.concat(pieces).toString('utf8', 0, bodyLimit)
}

/** @throws Stop */
function ask(url: URL, socket: Socket, limitMs: number): Promise<Answer> {
  const done = new Promise<Answer>((resolve, reject) => {
    const headers = { host: url.host, 'user-agent': 'Switchboard', accept: 'text/plain', connection: 'close' }
    const request = requestHttp({ createConnection: () => socket, path: url.pathname, headers, method: 'GET' })
    request.once('error', (error) => reject(new Stop('http', 'http-cut', { problem: codeOf(error) })))
    request.once('response', (answer) => {
      bodyOf(answer).then(
        (body) => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', body }),
        (error: unknown) => reject(new Stop('http', 'http-cut', { problem: codeOf(error) })),
      )
    })
    request.end()
  })
  return inTime(limitMs, done, () => new Stop('http', 'http-silent'))
}

/** Reads what came back. @throws Stop */
function readAnswer({ status, location, body }: Answer, nonce: HopOptions['nonce'], ms: number): Found[] {
  const said = nonce.read(body.trim())
  const answered: Found = { hop: 'http', code: 'http-answered', params: { status, ms } }
  if (said === 'right-secret' || said === 'wrong-secret') {
    const here: Found[] = [answered, { hop: 'machine', code: 'machine-this', params: {} }]
    return [...here, { hop: 'secret', code: said === 'right-secret' ? 'secret-right' : 'secret-wrong', params: {} }]
  }
  if (status >= 300 && status < 400)
    throw new Stop('http', 'http-redirected', { status, location: location.slice(0, 200) })
  if (status === 502 || status === 503 || status === 504) throw new Stop('http', 'http-gateway', { status })
  if (status >= 400 && status !== 404 && status !== 405) throw new Stop('http', 'http-status', { status })
  return [answered, { hop: 'machine', code: 'machine-other', params: { status } }]
}

/** Walks the hops from `dns` on. Never rejects. */
export async function walkHops(options: HopOptions): Promise<Found[]> {
  const url = new URL(`${options.callbackUrl}/${options.nonce.text}`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const { hopMs = usualHopMs, wholeMs = Infinity } = options
  const end = performance.now() + wholeMs
  const left = (): number => Math.max(1, Math.min(hopMs, end - performance.now()))
  const isTls = url.protocol === 'https:'
  const port = Number(url.port) || (isTls ? 443 : 80)
  const found: Found[] = []
  let socket: Socket | null = null
  try {
    const named = await findAddresses(host, options, left())
    found.push(named.found)
    const beganAt = performance.now()
    socket = await connectTo(named.addresses, port, options, left, host)
    found.push({ hop: 'tcp', code: 'tcp-open', params: { port, ms: Math.round(performance.now() - beganAt) } })
    if (isTls) {
      const secure = await encrypt(socket, host, options, left())
      socket = secure
      const days = Math.floor((Date.parse(secure.getPeerCertificate().valid_to) - Date.now()) / 86_400_000)
      found.push({ hop: 'tls', code: 'tls-good', params: { protocol: secure.getProtocol() ?? 'TLS', days } })
    } else found.push({ hop: 'tls', code: 'tls-none', params: {} })
    const askedAt = performance.now()
    const answer = await ask(url, socket, left())
    found.push(...readAnswer(answer, options.nonce, Math.round(performance.now() - askedAt)))
  } catch (error) {
    found.push(
      error instanceof Stop ? error.found : { hop: 'http', code: 'http-cut', params: { problem: codeOf(error) } },
    )
  } finally {
    socket?.destroy()
  }
  return found
}

export const stateOf = ({ code }: Found): 'good' | 'bad' | 'unknown' => reachFindingWords[code].state
