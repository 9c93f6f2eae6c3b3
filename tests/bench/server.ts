/**
 * One measured server, as a process of its own: `server.ts <kind> <folder>`. Prints `{"url"}` when ready; the
 * engine also says on request how many callbacks still wait for their effects.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { addConnection, isPending, openEngine } from './engine.ts'
import { echo, fullReceiver, platform, rawReceiver } from './receivers.ts'

const [, , kind, dir = ''] = process.argv
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
  const engine = await openEngine(dir)
  const url = await addConnection(engine)
  // A window listens, as it does when somebody works.
  engine.onEvents(() => {})
  tellUsage(
    () => isPending(engine),
    () => engine.stop(),
  )
  console.log(JSON.stringify({ url }))
}

if (kind === 'engine') await startEngine()
else if (kind === 'echo') listen(echo())
else if (kind === 'platform') listen(platform())
else if (kind === 'raw') listen(rawReceiver(join(dir, 'raw.db'), true))
else if (kind === 'raw-alone') listen(rawReceiver(join(dir, 'raw.db'), false))
else if (kind === 'full') listen(fullReceiver(join(dir, 'full.db')))
else throw new Error(`no such server: ${String(kind)}`)
