import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { serveIpc, type EngineLink } from '../../../electron/desktop/ipc.ts'
import { ipcChannels, type LinkState } from '../../../shared/contract/bridge.ts'
import type { ContractEvent } from '../../../shared/contract/events.ts'
import { contractVersion, type Answer } from '../../../shared/contract/index.ts'

type Handler = (event: object, payload: unknown) => unknown

class FakeContents extends EventEmitter {
  readonly sent: unknown[][] = []
  gone = false
  isDestroyed(): boolean {
    return this.gone
  }
  send(...args: unknown[]): void {
    if (this.gone) throw new TypeError('Object has been destroyed')
    this.sent.push(args)
  }
}

const ours = { url: 'app://switchboard/inbox', parent: null }
const events: ContractEvent[] = [{ event: 'robot.removed', data: { id: '1' } }]

let handlers: Map<string, Handler>
let emit: ((events: readonly ContractEvent[]) => void) | null
let stop: () => void
let serve: (ready?: Promise<unknown>, link?: EngineLink) => void
let locked = false
const call = vi.fn<(entry: string, input: unknown, caller: object) => Promise<Answer<unknown>>>()
const warn = vi.fn()

const ask = (
  channel: string,
  payload: unknown,
  sender = new FakeContents(),
  senderFrame: object | null = ours,
): unknown => handlers.get(channel)?.({ sender, senderFrame }, payload)
const hello = (changes: object = {}) => ({ contractVersion, locale: 'en', ...changes })

beforeEach(() => {
  handlers = new Map()
  locked = false
  emit = null
  call.mockReset().mockResolvedValue({ ok: true, result: 1 })
  const ipcMain = {
    handle: (channel: string, handler: Handler) => handlers.set(channel, handler),
    removeHandler: (channel: string) => handlers.delete(channel),
  }
  const engine = {
    call,
    onEvents(listener: (events: readonly ContractEvent[]) => void) {
      emit = listener
      return () => {
        emit = null
      }
    },
    isLocked: () => locked,
  }
  const log = { debug: warn, info: warn, warn, error: warn, fatal: warn }
  serve = (ready, link) => {
    stop = serveIpc(ipcMain as unknown as Parameters<typeof serveIpc>[0], engine, log, undefined, ready, link)
  }
  serve()
})

it('sends a locked window nothing but that the lock changed', async () => {
  const contents = new FakeContents()
  await ask(ipcChannels.hello, hello(), contents)
  locked = true
  emit?.(events)
  emit?.([{ event: 'lock.changed', data: {} }])
  locked = false
  emit?.(events)
  expect(contents.sent.map(([, list]) => list)).toEqual([[{ event: 'lock.changed', data: {} }], events])
})

describe('calls', () => {
  it('go to the engine with the caller’s language', async () => {
    const input = { robotId: '1' }
    await expect(ask(ipcChannels.call, { entry: 'friends.list', input, locale: 'zh-CN' })).resolves.toEqual({
      ok: true,
      result: 1,
    })
    expect(call).toHaveBeenCalledWith('friends.list', input, { locale: 'zh-CN', seat: 'desktop' })
  })
  it.each([
    ['another origin', { url: 'https://evil.example/', parent: null }],
    ['a frame inside our page', { ...ours, parent: {} }],
    ['a frame that has gone', null],
    ['a blank page', { url: 'about:blank', parent: null }],
  ])('from %s are refused before anything is read', async (_name, frame) => {
    const payload = new Proxy({}, { get: () => expect.unreachable() })
    await expect(ask(ipcChannels.call, payload, new FakeContents(), frame)).resolves.toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    })
    await expect(ask(ipcChannels.hello, payload, new FakeContents(), frame)).resolves.toMatchObject({
      accepted: false,
      error: { code: 'forbidden' },
    })
    expect(call).not.toHaveBeenCalled()
  })
  it.each([
    undefined,
    null,
    'robots.list',
    [],
    {},
    { entry: 1, locale: 'en' },
    { entry: 'x'.repeat(101), locale: 'en' },
    { entry: 'a', locale: 'fr' },
  ])('of another shape are refused: %j', async (payload) => {
    await expect(ask(ipcChannels.call, payload)).resolves.toMatchObject({ ok: false, error: { code: 'invalid-input' } })
    expect(call).not.toHaveBeenCalled()
  })
})

describe('events', () => {
  it('go to those who said hello, until they are gone', async () => {
    const [one, two, silent] = [new FakeContents(), new FakeContents(), new FakeContents()]
    await expect(ask(ipcChannels.hello, hello(), one)).resolves.toMatchObject({
      accepted: true,
      lost: { code: 'connection-lost' },
    })
    await ask(ipcChannels.hello, hello(), two)
    void ask(ipcChannels.call, { entry: 'a', input: {}, locale: 'en' }, silent)
    emit?.(events)
    expect([one, two, silent].map(({ sent }) => sent.length)).toEqual([1, 1, 0])
    expect(one.sent[0]).toEqual([ipcChannels.events, events])
    two.gone = true
    two.emit('destroyed')
    one.emit('render-process-gone')
    emit?.(events)
    expect([one.sent.length, two.sent.length]).toEqual([1, 1])
  })
  it('come once after many reloads and leave no listeners behind', async () => {
    const contents = new FakeContents()
    for (let reload = 0; reload < 50; reload += 1) await ask(ipcChannels.hello, hello(), contents)
    emit?.(events)
    expect(contents.sent).toHaveLength(1)
    expect(contents.listenerCount('destroyed')).toBe(1)
    contents.emit('render-process-gone')
    await ask(ipcChannels.hello, hello(), contents)
    emit?.(events)
    expect(contents.sent).toHaveLength(2)
  })
  it('do not come to a page of another contract version, which is told so in its language', async () => {
    const contents = new FakeContents()
    await ask(ipcChannels.hello, hello(), contents)
    const reply = await ask(
      ipcChannels.hello,
      hello({ contractVersion: contractVersion + 1, locale: 'zh-CN' }),
      contents,
    )
    expect(reply).toMatchObject({
      accepted: false,
      error: { code: 'contract-version', message: expect.stringContaining('版本') as string },
    })
    emit?.(events)
    expect(contents.sent).toHaveLength(0)
  })
  it.each([undefined, null, {}, { contractVersion: '1', locale: 'en' }, { contractVersion, locale: 'xx' }])(
    'need a hello of the right shape: %j',
    async (payload) => {
      const reply = await ask(ipcChannels.hello, payload)
      expect(reply).toMatchObject({ accepted: false, error: { code: 'invalid-input' } })
    },
  )
})

it('greets a page once the engine runs, and sends it nothing before', async () => {
  stop()
  const engineRuns = Promise.withResolvers<undefined>()
  serve(engineRuns.promise)
  const contents = new FakeContents()
  const reply = ask(ipcChannels.hello, hello(), contents) as Promise<unknown>
  const first = await Promise.race([reply, Promise.resolve('waits')])
  emit?.(events)
  expect([first, contents.sent]).toEqual(['waits', []])
  engineRuns.resolve(undefined)
  await expect(reply).resolves.toMatchObject({ accepted: true })
  emit?.(events)
  expect(contents.sent).toHaveLength(1)
})

it('tells the page how the link to a server is, at the greeting and from then on', async () => {
  stop()
  let tell: (state: LinkState) => void = () => {}
  const link = {
    state: 'connecting' as const,
    onChange: (listener: (state: LinkState) => void) => {
      tell = listener
      return () => {}
    },
  }
  serve(undefined, link)
  const contents = new FakeContents()
  await expect(ask(ipcChannels.hello, hello(), contents)).resolves.toMatchObject({ accepted: true, link: 'connecting' })
  tell('connected')
  expect(contents.sent).toEqual([[ipcChannels.link, 'connected']])
})

it('leaves nothing behind when it ends', () => {
  stop()
  expect(handlers.size).toBe(0)
  expect(emit).toBeNull()
})
