/** What the sandbox's tests share: a merchant with a callback receiver and a client that signs by hand. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createSign, generateKeyPairSync } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { startSandbox, type Sandbox, type SandboxOptions } from '../../../electron/sandbox/sandbox.ts'

export interface Received {
  readonly at: number
  readonly raw: string
  readonly headers: IncomingHttpHeaders
  /** Header and data fields, where the body is JSON. */
  readonly json: Record<string, unknown> & { data: Record<string, unknown> & Record<string, unknown>[] }
}

export interface Receiver {
  readonly url: string
  readonly got: Received[]
  /** Decides status and body of the acknowledgement. */
  respond: (body: string) => { status: number; body: string } | 'hang'
  ofType(type: number): Received[]
  close(): Promise<void>
}

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
export const { privateKey, publicKey } = keys

export async function startReceiver(): Promise<Receiver> {
  const got: Received[] = []
  const server = createServer((request, response) => {
    let raw = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (raw += chunk))
    request.on('end', () => {
      got.push({ at: Date.now(), raw, headers: request.headers, json: parsed(raw) })
      const answer = receiver.respond(raw)
      if (answer === 'hang') return
      response.statusCode = answer.status
      response.end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    got,
    respond: () => ({ status: 200, body: 'success' }),
    ofType: (type) => got.filter(({ json }) => Number(json.type ?? json.nType) === type),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

function parsed(raw: string): Received['json'] {
  try {
    return JSON.parse(raw) as Received['json']
  } catch {
    return { data: [] } as unknown as Received['json']
  }
}

export interface Answer {
  readonly vcSerialNo: string
  readonly vcSuccess: string
  readonly nErrorCode: number
  readonly vcErrorMsg: string
  readonly data: Record<string, unknown>
}

export interface RobotAccess {
  readonly serialNo: string
  readonly name: string
  readonly username: string
  readonly password: string
}

export interface Registered {
  readonly appId: string
  readonly merchantNo: string
  readonly gatewayUrl: string
  readonly methodPrefix: string
  readonly timeZone: string
  readonly platformPublicKeyPem: string
  readonly robots: readonly [RobotAccess, RobotAccess, RobotAccess]
}

/** The quiet and quick world in which most tests run. */
export const quiet = {
  liveliness: 'off',
  answers: false,
  callbackMs: [5, 15],
  friendAnswerMs: [20, 40],
  retryMs: [30, 60, 120],
}

export class Kit {
  readonly sandbox: Sandbox
  readonly receiver: Receiver
  merchant!: Registered
  constructor(sandbox: Sandbox, receiver: Receiver) {
    this.sandbox = sandbox
    this.receiver = receiver
  }

  static async start(options: SandboxOptions & { settings?: object; merchant?: object } = {}): Promise<Kit> {
    const kit = new Kit(await startSandbox(options), await startReceiver())
    await kit.admin('POST', '/settings', { ...quiet, ...options.settings })
    kit.merchant = await kit.register(options.merchant)
    return kit
  }

  async register(more: object = {}): Promise<Registered> {
    const body = { publicKeyPem: publicKey, callbackUrl: this.receiver.url, withdrawnMethods: true, ...more }
    return await this.admin<Registered>('POST', '/merchants', body)
  }

  async stop(): Promise<void> {
    await this.sandbox.stop()
    await this.receiver.close()
  }

  async admin<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.sandbox.url}/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${this.sandbox.adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  /** The envelope of a call, unsigned. */
  envelope(method: string, data: unknown): Record<string, string> {
    const { appId, merchantNo, methodPrefix } = this.merchant
    return {
      app_id: appId,
      method: `${methodPrefix}.${method}`,
      timestamp: shanghai(Date.now()),
      format: 'json',
      charset: 'utf-8',
      sign_type: 'RSA2',
      version: '1.0',
      Merchantid: merchantNo,
      data: typeof data === 'string' ? data : JSON.stringify(data),
    }
  }

  async post(fields: Record<string, string>): Promise<Answer> {
    const response = await fetch(this.merchant.gatewayUrl, { method: 'POST', body: new URLSearchParams(fields) })
    return (await response.json()) as Answer
  }

  /** Calls a method; `vcMerchantNo` is added except for login. */
  async call(method: string, data: Record<string, unknown>): Promise<Answer> {
    const whole = method === 'login' ? data : { vcMerchantNo: this.merchant.merchantNo, ...data }
    return await this.post(signedBy(this.envelope(method, whole)))
  }

  /** As `call`, but a refusal is an error. @returns the serial number */
  async done(method: string, data: Record<string, unknown>): Promise<string> {
    const answer = await this.call(method, data)
    if (answer.vcSuccess !== 'true') throw new Error(`${answer.nErrorCode} ${answer.vcErrorMsg}`)
    return answer.vcSerialNo
  }

  async login(robot: RobotAccess = this.merchant.robots[0]): Promise<void> {
    const { serialNo, username, password } = robot
    const data = { vcRobotSerialNo: serialNo, username, password, login_type: '0', vcRobotSerialNo_type: '0' }
    const serial = await this.done('login', data)
    await until(() => this.receiver.ofType(1007).some(({ json }) => json.optSerNo === serial))
  }

  async robotState(serialNo = this.merchant.robots[0].serialNo): Promise<SimulatedRobot> {
    const { robots } = await this.admin<{ robots: SimulatedRobot[] }>('GET', '/state')
    return robots.find((robot) => robot.serialNo === serialNo)!
  }
}

export interface SimulatedRobot {
  serialNo: string
  userId: string
  state: string
  people: { userId: string; name: string; phone: string; friend: boolean }[]
  groups: { groupId: string; name: string; left: boolean; members: { userId: string }[] }[]
}

/** Signs as the document's model does, written out here once more so that nothing judges itself. */
export function signedBy(
  fields: Record<string, string>,
  key = privateKey,
  leftOut: string[] = [],
): Record<string, string> {
  const text = Object.keys(fields)
    .filter((name) => fields[name] !== '' && !leftOut.includes(name))
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&')
  const algorithm = fields.sign_type === 'RSA' ? 'RSA-SHA1' : 'RSA-SHA256'
  return { ...fields, sign: createSign(algorithm).update(text, 'utf8').sign(key, 'base64') }
}

export function shanghai(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}

export async function until(condition: () => boolean | Promise<boolean>, ms = 8000): Promise<void> {
  const end = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${condition.toString()}`)
    await pause(10)
  }
}

export const pause = async (ms: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
