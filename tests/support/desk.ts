/**
 * A real engine on a folder of its own, with hands to play operator and platform. Every answer and every
 * event that passes through here is held against its schema of the contract.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '#engine/engine.ts'
import type { Engine, EngineOptions } from '#engine/types.ts'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import { contract, type EntryInput, type EntryName, type EntryResult } from '#shared/contract/index.ts'
import { AppError, errorSchema, type ContractError } from '#shared/contract/errors.ts'
import { events as eventDefinitions, type ContractEvent, type EventName } from '#shared/contract/events.ts'
import type { Callback } from '#shared/contract/entries/record.ts'
import { merchantKeys, type FakePlatform } from './fake-platform.ts'

export const storeThread = new URL('../../electron/engine/store/thread.ts', import.meta.url)
export const merchantNo = '2021004186687842'

/** Waits until `find` gives something, asking every few milliseconds. */
export async function until<Found>(
  what: string,
  find: () => Found | undefined | false | null | Promise<Found | undefined | false | null>,
  ms = 10_000,
): Promise<Found> {
  const end = Date.now() + ms
  for (;;) {
    const found = await find()
    if (found !== undefined && found !== false && found !== null) return found
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`)
    await pause(5)
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'switchboard-engine-'))

export interface LogLine {
  level: string
  fields: object
  message: string
}

/** Options of an engine from source. What it logs goes to `lines`. */
export function engineOptions(dataDir: string, lines: LogLine[] = []): EngineOptions {
  const at = (level: string) => (fields: object, message: string) => lines.push({ level, fields, message })
  return {
    host: 'headless',
    version: '0.0.0',
    dataDir,
    storeThread,
    protector: keyFileProtector(join(dataDir, 'vault.key'), () => {}),
    callbackPort: 0,
    startSandbox: () => Promise.reject(new AppError('sandbox-failed', { problem: 'there is none here' })),
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
  }
}

type EventOf<Name extends EventName> = Extract<ContractEvent, { event: Name }>['data']
type SaveConnection = EntryInput<'connections.save'>

export class Desk {
  readonly engine: Engine
  readonly dataDir: string
  readonly log: LogLine[]
  readonly events: ContractEvent[] = []
  /** What did not fit its schema; must stay empty. */
  readonly misfits: string[] = []

  constructor(engine: Engine, dataDir: string, log: LogLine[]) {
    this.engine = engine
    this.dataDir = dataDir
    this.log = log
    engine.onEvents((heard) => {
      for (const event of heard) {
        this.events.push(event)
        const parsed = eventDefinitions[event.event].data.safeParse(event.data)
        if (!parsed.success) this.misfits.push(`${event.event}: ${parsed.error.message}`)
      }
    })
  }

  /** Starts an engine. @param dataDir a new folder unless given */
  static async open(dataDir?: string, changes: Partial<EngineOptions> = {}): Promise<Desk> {
    const folder = dataDir ?? (await temporaryFolder())
    const log: LogLine[] = []
    const desk = new Desk(createEngine({ ...engineOptions(folder, log), ...changes }), folder, log)
    await desk.engine.start()
    return desk
  }

  /** Stops the engine and removes its folder unless told to keep it. */
  async close(keep = false): Promise<void> {
    await this.engine.stop()
    if (!keep) await rm(this.dataDir, { recursive: true, force: true })
    if (this.misfits.length > 0) throw new Error(`against the contract: ${this.misfits.join('\n')}`)
  }

  /** @throws Error with code and words when the entry refuses */
  async call<Name extends EntryName>(entry: Name, input: EntryInput<Name>): Promise<EntryResult<Name>> {
    const answer = await this.engine.call(entry, input, { locale: 'en' })
    if (!answer.ok) throw new Error(`${entry}: ${JSON.stringify(answer.error)}`)
    const parsed = contract[entry].output.safeParse(answer.result)
    if (!parsed.success) this.misfits.push(`${entry}: ${parsed.error.message}`)
    return answer.result as EntryResult<Name>
  }

  /** The error that a call ends with. */
  async refusal(entry: string, input: unknown): Promise<ContractError> {
    const answer = await this.engine.call(entry, input, { locale: 'en' })
    if (answer.ok) throw new Error(`${entry} was not refused`)
    const parsed = errorSchema.safeParse(answer.error)
    if (!parsed.success) this.misfits.push(`${entry}: ${parsed.error.message}`)
    return answer.error
  }

  of<Name extends EventName>(name: Name): EventOf<Name>[] {
    return this.events.filter((event) => event.event === name).map((event) => event.data as EventOf<Name>)
  }

  /** Saves a connection to a platform. */
  async connect(
    platform: Pick<FakePlatform, 'url'>,
    changes: Partial<SaveConnection> = {},
  ): Promise<EntryResult<'connections.save'>> {
    return this.call('connections.save', {
      name: 'Test',
      gatewayUrl: platform.url,
      appId: '2021000000000001',
      merchantNo,
      methodPrefix: 'xx.xx',
      privateKeyPem: merchantKeys.privateKey,
      ...changes,
    })
  }

  /** Posts a body to a connection's callback address. @returns status and answer */
  async post(
    callbackUrl: string,
    body: string | Uint8Array,
    contentType = 'application/json',
  ): Promise<{ status: number; text: string }> {
    const answer = await fetch(callbackUrl, {
      method: 'POST',
      body: typeof body === 'string' ? body : Buffer.from(body),
      headers: { 'content-type': contentType },
    })
    return { status: answer.status, text: await answer.text() }
  }

  /** Posts a callback and waits until it was read. @returns it, as the record has it */
  async deliver(callbackUrl: string, body: object | string | Uint8Array, contentType?: string): Promise<Callback> {
    const before = (await this.call('callbacks.list', { limit: 1 })).items[0]?.id
    const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const { status, text } = await this.post(callbackUrl, raw, contentType)
    if (status !== 200 || text !== 'success') throw new Error(`acknowledged with ${status} ${text}`)
    return until('the callback to be read', async () => {
      const [newest] = (await this.call('callbacks.list', { limit: 1 })).items
      return newest && newest.id !== before && isRead(newest) && newest
    })
  }
}

export const isRead = (callback: Callback): boolean => callback.state !== 'pending' || callback.reason !== null
