/** The listener's one life: starts, changes and the end in order. After the end nothing is open and nothing opens. */
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { CallbackListener } from '#engine/callbacks/listener.ts'
import { Listening } from '#engine/callbacks/listening.ts'
import { createEngine } from '#engine/engine.ts'
import { Notices } from '#engine/notices.ts'
import type { Store } from '#engine/store/store.ts'
import { settingsSchema, type ListenerSettings } from '#shared/contract/entries/system.ts'
import { Desk, engineOptions, pause, temporaryFolder, until } from '../../support/desk.ts'
import { startPlatform } from '../../support/fake-platform.ts'
import { freePort, listeningPorts } from '../../support/servers.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/** A listener whose parts say when they were called. */
function life(settings: Partial<ListenerSettings>, ready: () => Promise<void> = () => Promise.resolve()) {
  const said: string[] = []
  const now = { settings: { ...settingsSchema.parse({}).listener, ...settings } }
  const listener = new CallbackListener({ port: 0, keep: () => Promise.resolve(), health() {}, log })
  const store = { write: () => Promise.resolve() } as unknown as Store
  const made = new Listening({
    ...{ listener, store, options: {}, keptPort: null, remembered: null, log },
    settings: () => now.settings,
    ready: async () => {
      said.push('ready')
      await ready()
      said.push('was ready')
    },
    ending: () => {
      said.push('ending')
      return Promise.resolve()
    },
    notices: new Notices(() => undefined, log),
    ways: { up() {}, down() {} },
  })
  return { listening: made, listener, said, now }
}

describe('the listener’s end', () => {
  it('closes what was being opened when it was asked for', async () => {
    const before = listeningPorts()
    const port = await freePort()
    const { listening: made, said } = life({ port })
    const started = made.start()
    await made.stop()
    await started
    expect([await answers(port), listeningPorts()]).toEqual([false, before])
    expect(said).toEqual(['ending'])
  })

  it('waits for whoever opens ways, and takes them down after that', async () => {
    const opening = Promise.withResolvers<undefined>()
    const { listening: made, said, listener } = life({ port: await freePort() }, () => opening.promise)
    const started = made.start()
    await until('the listener', () => listener.port !== null)
    await until('ways to be opened', () => said.includes('ready'))
    const stopped = made.stop()
    await pause(30)
    expect(said).toEqual(['ready'])
    opening.resolve(undefined)
    await Promise.all([started, stopped])
    expect(said).toEqual(['ready', 'was ready', 'ending'])
    expect(listener.port).toBeNull()
  })

  it('comes after a change that is under way, and nothing comes after it', async () => {
    const before = listeningPorts()
    const [first, second, third] = [await freePort(), await freePort(), await freePort()]
    const { listening: made, now, said } = life({ port: first })
    await made.start()
    now.settings = { ...now.settings, port: second }
    const changed = made.settingsChanged()
    const stopped = made.stop()
    now.settings = { ...now.settings, port: third }
    await Promise.all([changed, stopped, made.settingsChanged(), made.start(), made.stop()])
    expect(await Promise.all([first, second, third].map(answers))).toEqual([false, false, false])
    expect(listeningPorts()).toEqual(before)
    expect(said).toEqual(['ready', 'was ready', 'ending'])
  })
})

describe('an engine that is stopped while it starts', () => {
  it('has nothing open when both are done', async () => {
    const before = listeningPorts()
    const port = await freePort()
    const dataDir = await temporaryFolder()
    const engine = createEngine({ ...engineOptions(dataDir), callbackPort: port })
    const started = engine.start()
    await engine.stop()
    await started
    expect([await answers(port), listeningPorts(), engine.callbackBaseUrl]).toEqual([false, before, null])
    await rm(dataDir, { recursive: true, force: true })
  })
})

describe('the listener’s start', () => {
  it('leaves alone what stands already, where it was asked for twice', async () => {
    const port = await freePort()
    const { listening: made, listener } = life({ port })
    await Promise.all([made.start(), made.start()])
    expect([listener.port, await answers(port)]).toEqual([port, true])
    await made.stop()
  })

  it('knows whoever calls as soon as it listens', async () => {
    const folder = await temporaryFolder()
    const platform = await startPlatform()
    const { callbackPort: _, ...options } = engineOptions(folder)
    const first = createEngine(options)
    await first.start()
    const { callbackUrl } = await new Desk(first, folder, []).connect(platform)
    await first.stop()
    /** What the first that gets through is answered. */
    const firstAnswer = async (): Promise<number> => {
      for (;;) {
        const answer = await fetch(callbackUrl, { method: 'POST', body: '{}' }).catch(() => null)
        if (answer) return answer.status
      }
    }
    const answered = Promise.all(Array.from({ length: 8 }, firstAnswer))
    const second = createEngine(options)
    await second.start()
    expect(new Set(await answered)).toEqual(new Set([200]))
    await second.stop()
    await platform.close()
    await rm(folder, { recursive: true, force: true })
  })
})
