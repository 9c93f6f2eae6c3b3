/** Puts the simulated platform together. */
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { Deliveries, savedDeliveries, type Delivery } from './deliveries.ts'
import { JsonFile, readJsonFile } from './file.ts'
import { resumeFriendships } from './friendships.ts'
import { resumeLimits } from './haste.ts'
import { Journal } from './journal.ts'
import { resumeLogins } from './logins.ts'
import { People } from './people/people.ts'
import { Platform } from './platform.ts'
import { makeServer } from './server.ts'
import { Timers } from './timers.ts'
import { openWorld } from './world.ts'

export interface SandboxOptions {
  /** 0 or absent: the one used before, else a free one. */
  readonly port?: number
  /** Folder for what survives a restart; absent: nothing does. */
  readonly stateDir?: string
  readonly seed?: number
  readonly warn?: (message: string) => void
}

export interface Sandbox {
  /** Base address, without a slash at the end. */
  readonly url: string
  readonly adminToken: string
  /** Signs the browser that opens it in. */
  readonly pageUrl: string
  /** Ends everything and writes the state. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts the platform on 127.0.0.1.
 * @throws Error with a sentence: the port is taken, the state cannot be read
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { stateDir = null, seed = 1, warn = () => {} } = options
  const unwritten = (error: unknown): void => {
    warn(`the state cannot be written: ${(error as Error).message}`)
  }
  const world = await openWorld(stateDir, seed, unwritten)
  try {
    world.write()
  } catch (error) {
    throw new Error(`the state folder cannot be written: ${(error as Error).message}`, { cause: error })
  }
  const timers = new Timers()
  const callbacksPath = stateDir === null ? null : join(stateDir, 'callbacks.json')
  const callbacksFile = new JsonFile<Delivery[]>(callbacksPath, () => deliveries.waiting(), unwritten)
  const deliveries: Deliveries = new Deliveries(
    {
      settings: () => world.state.settings,
      urlOf: (merchantNo) => world.merchant(merchantNo)?.callbackUrl ?? null,
      timers,
      changed: () => {
        callbacksFile.touch()
      },
      repeats: () => platform.faults.repeatCallbacks,
    },
    savedDeliveries.parse((callbacksPath === null ? undefined : readJsonFile(callbacksPath)) ?? []),
  )
  const platform: Platform = new Platform(world, deliveries, timers)
  const people = new People(platform)
  let port = 0
  const app = makeServer(platform, new Journal(), () => port)

  const listen = async (wanted: number): Promise<void> => {
    await app.listen({ host: '127.0.0.1', port: wanted })
  }
  if (options.port) await listen(options.port)
  else
    await listen(world.state.port).catch(async () => {
      await listen(0)
    })
  port = (app.server.address() as AddressInfo).port
  platform.url = `http://127.0.0.1:${port}`
  world.state.port = port
  // Whoever can read what was printed must also find it after a crash right now.
  world.flush()
  deliveries.start()
  resumeLogins(platform)
  resumeFriendships(platform)
  resumeLimits(platform)
  people.start()

  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    timers.stop()
    await app.close()
    await deliveries.stop()
    world.flush()
    callbacksFile.flush()
  }
  const { adminToken } = world.state
  return {
    url: platform.url,
    adminToken,
    pageUrl: `${platform.url}/?token=${adminToken}`,
    stop: () => (stopping ??= stop()),
  }
}
