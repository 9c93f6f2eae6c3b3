/**
 * What runs inside the page: the two halves of `contextBridge`, one in the preload script's world and one in
 * the page's own, and the preload script's `require('electron')`. The worlds are Chromium's own isolated
 * worlds, so they share the document and nothing else; between them go cloned values, as in Electron.
 *
 * The functions here run in the page from their source: they may use nothing from outside themselves.
 */
import { decode, encode } from './codec.ts'

/** A value on its way through the context bridge. Functions and promises stay where they are and get a number. */
type Passed =
  | { kind: 'value'; value: unknown }
  | { kind: 'array'; items: Passed[] }
  | { kind: 'object'; entries: [string, Passed][] }
  | { kind: 'function'; id: number }
  | { kind: 'promise'; id: number }
  | { kind: 'error'; message: string }

interface Peer {
  pass(value: unknown): Passed
  receive(passed: Passed): unknown
  /** Says something to the other world; it is heard before this returns. */
  say(topic: string, detail: unknown): void
  hear(topic: string, listener: (detail: never) => void): void
}

/** One half of the context bridge. @param me,other names of the two directions; secret enough for a test */
function makePeer(me: string, other: string): Peer {
  type Callable = (...args: unknown[]) => unknown
  const target = globalThis as unknown as EventTarget
  const functions = new Map<number, Callable>()
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let lastId = 0
  let returned: Passed | undefined

  const say = (topic: string, detail: unknown): void => {
    target.dispatchEvent(new CustomEvent(`${other}:${topic}`, { detail }))
  }
  const hear = (topic: string, listener: (detail: never) => void): void => {
    target.addEventListener(`${me}:${topic}`, (event) => {
      listener((event as CustomEvent).detail as never)
    })
  }
  const isClonable = (value: unknown): boolean => {
    try {
      structuredClone(value)
      return true
    } catch {
      return false
    }
  }
  const errorOf = (error: unknown): Passed => ({
    kind: 'error',
    message: error instanceof Error ? error.message : String(error),
  })
  const livesHere = (passed: Passed): boolean =>
    passed.kind === 'function' ||
    passed.kind === 'promise' ||
    passed.kind === 'error' ||
    (passed.kind === 'array' && passed.items.some(livesHere)) ||
    (passed.kind === 'object' && passed.entries.some(([, item]) => livesHere(item)))

  const pass = (value: unknown): Passed => {
    if (typeof value === 'function') {
      lastId += 1
      functions.set(lastId, value as Callable)
      return { kind: 'function', id: lastId }
    }
    if (value instanceof Promise) {
      lastId += 1
      const id = lastId
      value.then(
        (result: unknown) => {
          say('settled', { id, outcome: pass(result) })
        },
        (error: unknown) => {
          say('settled', { id, outcome: errorOf(error) })
        },
      )
      return { kind: 'promise', id }
    }
    if (value instanceof Error) return errorOf(value)
    if (Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]') {
      const passed: Passed = Array.isArray(value)
        ? { kind: 'array', items: value.map(pass) }
        : { kind: 'object', entries: Object.entries(value as object).map(([name, item]) => [name, pass(item)]) }
      // Nothing in it stays here and yet it cannot be copied: a Proxy. Electron refuses those too.
      if (!livesHere(passed) && !isClonable(value)) throw new TypeError('An object could not be cloned.')
      return passed
    }
    if (!isClonable(value)) throw new TypeError('An object could not be cloned.')
    return { kind: 'value', value }
  }

  const call = (id: number, args: unknown[]): unknown => {
    returned = undefined
    say('call', { id, args: args.map(pass) })
    const result = returned as Passed | undefined
    if (!result) throw new Error('The other world is gone.')
    if (result.kind === 'error') throw new Error(result.message)
    return receive(result)
  }
  const receive = (passed: Passed): unknown => {
    switch (passed.kind) {
      case 'value':
        return passed.value
      case 'array':
        return passed.items.map(receive)
      case 'object':
        return Object.fromEntries(passed.entries.map(([name, item]) => [name, receive(item)]))
      case 'function':
        return (...args: unknown[]) => call(passed.id, args)
      case 'promise':
        return new Promise((resolve, reject) => {
          waiting.set(passed.id, { resolve, reject })
        })
      case 'error':
        return new Error(passed.message)
    }
  }

  hear('call', ({ id, args }: { id: number; args: Passed[] }) => {
    let result: Passed
    try {
      result = pass(functions.get(id)?.(...args.map(receive)))
    } catch (error) {
      result = errorOf(error)
    }
    say('returned', result)
  })
  hear('returned', (result: Passed) => {
    returned = result
  })
  hear('settled', ({ id, outcome }: { id: number; outcome: Passed }) => {
    const promise = waiting.get(id)
    waiting.delete(id)
    if (outcome.kind === 'error') promise?.reject(new Error(outcome.message))
    else promise?.resolve(receive(outcome))
  })
  return { pass, receive, say, hear }
}

/** The page's half: puts on `window` what the preload script exposes; it can be neither replaced nor changed. */
function pageWorld(peer: Peer): void {
  const freeze = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(freeze)
      Object.freeze(value)
    }
    return value
  }
  peer.hear('expose', ({ name, api }: { name: string; api: Passed }) => {
    Object.defineProperty(globalThis, name, { value: freeze(peer.receive(api)), enumerable: true })
  })
}

interface PreloadTools {
  readonly peer: Peer
  readonly encode: typeof encode
  readonly decode: typeof decode
  /** Name of the function through which this world reaches Node. */
  readonly binding: string
  readonly preload: (require: (name: string) => unknown) => void
}

/** The preload script's world: `require('electron')` with what a sandboxed preload script has of it. */
function preloadWorld({ peer, encode, decode, binding, preload }: PreloadTools): void {
  type Listener = (event: object, ...args: unknown[]) => void
  const world = globalThis as unknown as Record<string, unknown> & { top: unknown }
  // Electron runs it in the main frame only, unless told otherwise.
  if (world.top !== globalThis) return
  const send = world[binding] as (text: string) => void
  const listeners = new Map<string, Set<Listener>>()
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let lastId = 0

  world.standIn = {
    settle(id: number, outcome: { ok: true; result: Parameters<typeof decode>[0] } | { ok: false; message: string }) {
      const promise = waiting.get(id)
      waiting.delete(id)
      if (outcome.ok) promise?.resolve(decode(outcome.result))
      else promise?.reject(new Error(outcome.message))
    },
    deliver(channel: string, args: Parameters<typeof decode>[0]) {
      for (const listener of [...(listeners.get(channel) ?? [])]) listener({}, ...(decode(args) as unknown[]))
    },
  }
  const ipcRenderer = {
    invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      lastId += 1
      const id = lastId
      return new Promise((resolve, reject) => {
        const text = JSON.stringify({ id, channel, args: encode(args) })
        waiting.set(id, { resolve, reject })
        send(text)
      })
    },
    send(channel: string, ...args: unknown[]): void {
      send(JSON.stringify({ id: null, channel, args: encode(args) }))
    },
    on(channel: string, listener: Listener) {
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      return ipcRenderer
    },
    off(channel: string, listener: Listener) {
      listeners.get(channel)?.delete(listener)
      return ipcRenderer
    },
  }
  const contextBridge = {
    exposeInMainWorld(name: string, api: unknown): void {
      peer.say('expose', { name, api: peer.pass(api) })
    },
  }
  preload((name) => {
    if (name === 'electron' || name === 'electron/renderer') return { contextBridge, ipcRenderer }
    throw new Error(`module not found: ${name}`)
  })
}

/** Script for the page's own world; to be registered before the preload world's. */
export const pageScript = (secret: string): string =>
  `(${pageWorld})((${makePeer})(${JSON.stringify(`${secret}-page`)}, ${JSON.stringify(`${secret}-preload`)}))`

/** Script for the preload script's world. */
export function preloadScript(secret: string, binding: string, source: string): string {
  const peer = `(${makePeer})(${JSON.stringify(`${secret}-preload`)}, ${JSON.stringify(`${secret}-page`)})`
  const preload = `(require) => { const module = { exports: {} }, exports = module.exports;\n${source}\n}`
  return `(${preloadWorld})({ peer: ${peer}, encode: ${encode}, decode: ${decode}, binding: ${JSON.stringify(binding)}, preload: ${preload} })`
}
