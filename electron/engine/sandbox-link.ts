/**
 * The engine's link to the built-in sandbox: starts it through the host, exchanges keys with it as with any
 * platform, adds its robots and logs them in. From then on it is a connection like every other.
 */
import { join } from 'node:path'
import { request } from 'undici'
import { z } from 'zod'
import { advancedSchema, type Advanced } from '#shared/contract/entries/connections.ts'
import type { SystemInfo } from '#shared/contract/entries/system.ts'
import { AppError } from '#shared/contract/errors.ts'
import { keyPair, newCallbackSecret, saveConnection } from './handlers/connections.ts'
import type { EngineContext } from './handlers/context.ts'
import type { ConnectionRecord } from './store/connections.ts'
import type { EngineOptions, SandboxProcess } from './types.ts'

/** What the sandbox answers when a merchant registers or changes its registration. */
const registration = z.object({
  appId: z.string(),
  merchantNo: z.string(),
  gatewayUrl: z.url(),
  methodPrefix: z.string(),
  platformPublicKeyPem: z.string(),
  robots: z.array(z.object({ serialNo: z.string(), name: z.string(), username: z.string(), password: z.string() })),
})
type Registration = z.output<typeof registration>

interface Registered {
  registration: Registration
  secret: string
  pair: Awaited<ReturnType<typeof keyPair>>
}

/** What is remembered when the operator stops the sandbox. */
const stoppedValue = '.sandbox-stopped'

/** The codes of `functional_limits` that the sandbox knows. */
const sandboxRiskCodes: Advanced['riskCodes'] = {
  1: ['send-friend', 'send-group'],
  2: ['add-friend'],
  3: ['create-group', 'invite'],
}

/** Time for one request to the sandbox, in milliseconds. */
const requestMs = 10_000

export class SandboxLink {
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly #changed: () => void
  #state: SystemInfo['sandbox']['state'] = 'stopped'
  #process: SandboxProcess | null = null
  #starting: Promise<number> | null = null
  /** Log-ins begun here, by operation: after each, the robot's friends and groups are asked for. */
  readonly #logins = new Map<string, number>()

  constructor(options: EngineOptions, context: EngineContext, changed: () => void) {
    this.#options = options
    this.#context = context
    this.#changed = changed
  }

  get info(): SystemInfo['sandbox'] {
    const connection = this.#connection()
    return {
      state: this.#state,
      pageUrl: this.#process?.pageUrl ?? null,
      connectionId: connection ? String(connection.id) : null,
    }
  }

  #connection(): ConnectionRecord | undefined {
    return this.#context.connections.all().find((record) => record.sandbox)
  }

  #setState(state: SystemInfo['sandbox']['state']): void {
    this.#state = state
    this.#changed()
  }

  /** Starts the sandbox again where it was in use, unless the operator stopped it. */
  async resume(): Promise<void> {
    const stopped = await this.#context.store.read('values.get', stoppedValue)
    if (this.#connection() && stopped !== true) await this.start()
  }

  /** @returns the sandbox's connection @throws AppError sandbox-failed */
  start(): Promise<number> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null
    })
    return this.#starting
  }

  async #start(): Promise<number> {
    const present = this.#connection()
    if (this.#process && present) return present.id
    this.#setState('starting')
    try {
      const running = this.#process ?? (await this.#launch())
      const registered = await this.#register(running, present)
      const connection = await this.#connect(registered)
      await this.#context.store.write('values.set', { name: stoppedValue, value: false })
      this.#setState('running')
      return connection
    } catch (error) {
      this.#setState('failed')
      await this.#process?.stop()
      if (error instanceof AppError) throw error
      throw new AppError(
        'sandbox-failed',
        { problem: error instanceof Error ? error.message : String(error) },
        { cause: error },
      )
    }
  }

  async #launch(): Promise<SandboxProcess> {
    const running = await this.#options.startSandbox({ stateDir: join(this.#options.dataDir, 'sandbox') })
    this.#process = running
    void running.ended.then(() => {
      this.#process = null
      if (this.#state === 'running') this.#setState('stopped')
    })
    return running
  }

  /** Exchanges keys and addresses. A sandbox that lost its state takes the merchant as a new one. */
  async #register(running: SandboxProcess, present: ConnectionRecord | undefined): Promise<Registered> {
    const secret = present?.callbackSecret ?? newCallbackSecret()
    const pair = await keyPair(this.#context, {}, present ?? null)
    const body = {
      publicKeyPem: pair.publicKeyPem,
      callbackUrl: this.#context.callbackUrl(secret, present?.id ?? null),
    }
    const known = present && (await this.#ask(running, 'PATCH', `/admin/merchants/${present.merchantNo}`, body))
    const answer = known ?? (await this.#ask(running, 'POST', '/admin/merchants', body))
    if (!answer) throw new AppError('sandbox-failed', { problem: 'it does not take a merchant' })
    return { registration: answer, secret, pair }
  }

  /** Tells the running sandbox of a callback URL or a public key that changed. */
  async tell(publicKeyPem: string): Promise<void> {
    const connection = this.#connection()
    if (!this.#process || !connection) return
    const body = { publicKeyPem, callbackUrl: this.#context.callbackUrl(connection.callbackSecret, connection.id) }
    await this.#ask(this.#process, 'PATCH', `/admin/merchants/${connection.merchantNo}`, body)
  }

  async #ask(
    running: SandboxProcess,
    method: 'POST' | 'PATCH',
    path: string,
    body: Record<string, unknown>,
  ): Promise<Registration | null> {
    const answer = await request(`${running.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${running.adminToken}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(requestMs),
    })
    const text = await answer.body.text()
    if (answer.statusCode === 404 && method === 'PATCH') return null
    if (answer.statusCode >= 300) throw new AppError('sandbox-failed', { problem: `it answered ${answer.statusCode}` })
    return registration.parse(JSON.parse(text))
  }

  /** Saves the connection, adds the robots and logs in those that are not online. */
  async #connect({ registration: given, secret, pair }: Registered): Promise<number> {
    const present = this.#connection()
    const record = await saveConnection(
      this.#context,
      present?.id ?? null,
      {
        name: present?.name ?? 'Sandbox',
        gatewayUrl: given.gatewayUrl,
        appId: given.appId,
        merchantNo: given.merchantNo,
        methodPrefix: given.methodPrefix,
        signType: present?.signType ?? 'RSA2',
        timeZone: present?.timeZone ?? 'Asia/Shanghai',
        publicKeyPem: pair.publicKeyPem,
        publicKeyFingerprint: pair.publicKeyFingerprint,
        platformPublicKeyPem: given.platformPublicKeyPem,
        // The sandbox serves its pictures from this machine.
        advanced: {
          // What docs/sandbox.md says of its codes, as an operator would enter it.
          ...advancedSchema.parse(present?.advanced ?? { riskCodes: sandboxRiskCodes }),
          mediaOrigins: [new URL(given.gatewayUrl).origin],
        },
        callbackSecret: secret,
        sandbox: true,
      },
      pair.key,
    )
    const { store, passwords } = this.#context
    const robots = await store.read('robots.list', record.id)
    for (const { serialNo, name, username, password } of given.robots) {
      const known = robots.find((robot) => robot.serialNo === serialNo)
      if (known && (known.state === 'online' || known.state === 'banned')) continue
      const robotId = known
        ? Number(known.id)
        : await store.write('robots.add', { connectionId: record.id, serialNo, name })
      const operationId = await store.write('operations.login', { robotId, method: 'password', username })
      passwords.set(operationId, password)
      this.#logins.set(String(operationId), robotId)
    }
    return record.id
  }

  /** To be told of every operation that changed. */
  async operationChanged(operation: { id: string; state: string }): Promise<void> {
    const robotId = this.#logins.get(operation.id)
    if (robotId === undefined || operation.state !== 'done') return
    this.#logins.delete(operation.id)
    await this.#context.store.write('operations.create', { kind: 'refresh-friends', robotId })
    await this.#context.store.write('operations.create', { kind: 'refresh-groups', robotId })
  }

  /** The operator stops it: it stays so at the next start, too. */
  async stopForGood(): Promise<void> {
    await this.#context.store.write('values.set', { name: stoppedValue, value: true })
    await this.stop()
  }

  /** Stops the process; the connection and its history stay. */
  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined)
    await this.#process?.stop()
    this.#process = null
    if (this.#state !== 'failed') this.#setState('stopped')
  }
}
