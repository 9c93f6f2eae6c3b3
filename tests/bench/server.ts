/**
 * One measured server, as a process of its own: `server.ts <kind> <folder>`. Prints `{"url"}` when ready; the
 * engine also says on request how many callbacks still wait for their effects.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createEngine } from '#engine/engine.ts'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import { merchantNo, robots } from './bodies.ts'
import { echo, fullReceiver, rawReceiver } from './receivers.ts'

const [, , kind, dir = ''] = process.argv
const quiet = {
  debug() {},
  info() {},
  warn() {},
  error: (fields: object, message: string) => console.error(message, fields),
}

/** Answers each message of the parent with processor time, in microseconds, and whether effects are left to do. */
function tellUsage(pending: () => Promise<boolean>, stop: () => Promise<void>): void {
  process.on('message', (message) => {
    if (message === 'end') return void stop().then(() => process.exit())
    void pending().then((left) => {
      const { user, system } = process.cpuUsage()
      process.send?.({ cpu: user + system, pending: left })
    })
  })
}

function listen(server: Server): void {
  server.keepAliveTimeout = 60_000
  tellUsage(
    () => Promise.resolve(false),
    () => Promise.resolve(),
  )
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ url: `http://127.0.0.1:${port}/callback` }))
  })
}

async function startEngine(): Promise<void> {
  const engine = createEngine({
    host: 'headless',
    version: 'bench',
    dataDir: join(dir, 'data'),
    storeThread: new URL('../../electron/engine/store/thread.ts', import.meta.url),
    protector: keyFileProtector(join(dir, 'vault.key'), () => {}),
    callbackPort: 0,
    startSandbox: () => Promise.reject(new Error('no sandbox here')),
    log: quiet,
  })
  await engine.start()
  const call = async (
    entry: string,
    input: unknown,
  ): Promise<{ id: string; callbackUrl: string; items: unknown[] }> => {
    const answer = await engine.call(entry, input, { locale: 'en' })
    if (!answer.ok) throw new Error(answer.error.message)
    return answer.result as { id: string; callbackUrl: string; items: unknown[] }
  }
  const connection = await call('connections.save', {
    name: 'bench',
    gatewayUrl: 'http://127.0.0.1:9/',
    appId: 'bench',
    merchantNo,
    methodPrefix: 'xx.xx',
  })
  for (const serialNo of robots) await call('robots.add', { connectionId: connection.id, serialNo })
  // A window listens, as it does when somebody works.
  engine.onEvents(() => {})
  tellUsage(
    async () => (await call('callbacks.list', { state: 'pending', limit: 1 })).items.length > 0,
    () => engine.stop(),
  )
  console.log(JSON.stringify({ url: connection.callbackUrl }))
}

if (kind === 'engine') await startEngine()
else if (kind === 'echo') listen(echo())
else if (kind === 'raw') listen(rawReceiver(join(dir, 'raw.db'), true))
else if (kind === 'raw-alone') listen(rawReceiver(join(dir, 'raw.db'), false))
else if (kind === 'full') listen(fullReceiver(join(dir, 'full.db')))
else throw new Error(`no such server: ${String(kind)}`)
