/** The engine as the bench runs it: from source, in a folder of its own, for the connection of the bench's bodies. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createEngine } from '#engine/engine.ts'
import type { Engine } from '#engine/types.ts'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import { merchantNo, robots } from './bodies.ts'
import { bundled } from './bundled.ts'

const quiet = {
  debug() {},
  info() {},
  warn() {},
  error: (fields: object, message: string) => console.error(message, fields),
}

/**
 * Starts an engine on a data folder that may hold data.
 *
 * @param callbackPort null: the settings say where it listens
 */
export async function openEngine(dir: string, callbackPort: number | null = 0): Promise<Engine> {
  const engine = createEngine({
    host: 'headless',
    version: 'bench',
    dataDir: join(dir, 'data'),
    storeThread: pathToFileURL(bundled('thread')),
    protector: keyFileProtector(join(dir, 'vault.key'), () => {}),
    callbackPort: callbackPort ?? undefined,
    startSandbox: () => Promise.reject(new Error('no sandbox here')),
    log: quiet,
  })
  await engine.start()
  return engine
}

/** Calls an entry. @throws Error when it refuses */
export async function call<Result>(engine: Engine, entry: string, input: unknown): Promise<Result> {
  const answer = await engine.call(entry, input, { locale: 'en' })
  if (!answer.ok) throw new Error(`${entry}: ${answer.error.message}`)
  return answer.result as Result
}

/** A connection with the bench's robots. @returns its callback URL */
export async function addConnection(engine: Engine, gatewayUrl = 'http://127.0.0.1:9/'): Promise<string> {
  const connection = await call<{ id: string; callbackUrl: string }>(engine, 'connections.save', {
    name: 'bench',
    gatewayUrl,
    appId: 'bench',
    merchantNo,
    methodPrefix: 'xx.xx',
  })
  for (const serialNo of robots) await call(engine, 'robots.add', { connectionId: connection.id, serialNo })
  return connection.callbackUrl
}

/** Whether callbacks wait for their effects: they are applied in the order in which they came. */
export async function isPending(engine: Engine): Promise<boolean> {
  const { items } = await call<{ items: { state: string }[] }>(engine, 'callbacks.list', { limit: 1 })
  return items[0]?.state === 'pending'
}
