/**
 * The bridge of a browser: one WebSocket to the headless host, opened again for as long as it takes.
 * Frames are those of shared/contract/frames.ts.
 */
import type { Bridge, LinkState } from '#shared/contract/bridge.ts'
import { describeFailure, type ErrorCode, type Locale } from '#shared/contract/errors.ts'
import { events as eventDefinitions, type ContractEvent } from '#shared/contract/events.ts'
import { closeCodes, serverFrame, type ClientFrame, type ServerFrame } from '#shared/contract/frames.ts'
import { contractVersion, type Answer } from '#shared/contract/index.ts'

/** Waiting times before the next attempt, in milliseconds; the last one repeats. */
const backOff = [500, 1000, 2000, 4000, 7000, 10_000]
/** How long an attempt, and an answer to the question "are you there?", may take, in milliseconds. */
const patience = { open: 10_000, check: 5000 }

export interface BrowserBridgeOptions {
  /** Where the page came from, e.g. `http://127.0.0.1:4123`. */
  origin: string
  locale: Locale
}

const isKnownEvent = (event: { event: string; data: unknown }): event is ContractEvent =>
  Object.hasOwn(eventDefinitions, event.event)

function readFrame(text: unknown): ServerFrame | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return serverFrame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Opens the link at once and keeps it. */
export function createBrowserBridge(options: BrowserBridgeOptions): Bridge & { close(): void } {
  const { origin } = options
  let locale = options.locale
  let state: LinkState = 'connecting'
  let socket: WebSocket | undefined
  let attempts = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let nextId = 0
  let closed = false
  const pending = new Map<number, (answer: Answer<unknown>) => void>()
  const eventListeners = new Set<(events: readonly ContractEvent[]) => void>()
  const linkListeners = new Set<(state: LinkState) => void>()

  const failed = (code: ErrorCode): Answer<never> => ({ ok: false, error: describeFailure({ code }, locale) })
  const send = (frame: ClientFrame): void => socket?.send(JSON.stringify(frame))

  function become(next: LinkState): void {
    if (state === next) return
    state = next
    for (const listener of linkListeners) listener(next)
  }

  function dropPending(): void {
    const waiting = [...pending.values()]
    pending.clear()
    for (const answer of waiting) answer(failed('connection-lost'))
  }

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(open, backOff[Math.min(attempts, backOff.length - 1)])
    attempts += 1
  }

  function afterLoss(code: number): void {
    dropPending()
    if (closed || state === 'refused') return
    if (code === closeCodes.contractVersion) return become('refused')
    // Signing in happens at another address; whoever comes back from there is noticed by `wake`.
    if (code === closeCodes.unauthorized) return become('unauthorized')
    become('connecting')
    later()
  }

  function hear(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        attempts = 0
        return become(frame.contractVersion === contractVersion ? 'connected' : 'refused')
      case 'refused':
        return become(frame.error.code === 'unauthorized' ? 'unauthorized' : 'refused')
      case 'answer':
      case 'error': {
        const answer = pending.get(frame.id)
        pending.delete(frame.id)
        answer?.(frame.type === 'answer' ? { ok: true, result: frame.result } : { ok: false, error: frame.error })
        return
      }
      case 'events': {
        const known = frame.events.filter(isKnownEvent)
        for (const listener of eventListeners) listener(known)
      }
    }
  }

  function open(): void {
    clearTimeout(timer)
    if (closed || socket) return
    const opening = new WebSocket(`${origin.replace(/^http/, 'ws')}/ws`)
    socket = opening
    const tooLong = setTimeout(() => opening.close(), patience.open)
    opening.onopen = () => {
      send({ type: 'hello', contractVersion, locale })
    }
    opening.onmessage = (message: MessageEvent<unknown>) => {
      clearTimeout(tooLong)
      const frame = readFrame(message.data)
      // A frame that cannot be read would leave a hole in the events: start afresh instead.
      if (frame) hear(frame)
      else opening.close()
    }
    opening.onclose = (event) => {
      clearTimeout(tooLong)
      socket = undefined
      afterLoss(event.code)
    }
  }

  function call(entry: string, input: unknown): Promise<Answer<unknown>> {
    if (state !== 'connected' || socket?.readyState !== WebSocket.OPEN) {
      return Promise.resolve(failed(state === 'unauthorized' ? 'unauthorized' : 'connection-lost'))
    }
    const id = nextId++
    return new Promise((resolve) => {
      pending.set(id, resolve)
      send({ type: 'call', id, entry, input })
    })
  }

  /** The network came back or the page is looked at: a good moment to try, or to notice a dead link. */
  function wake(): void {
    if (closed || state === 'refused') return
    if (!socket) {
      attempts = 0
      return open()
    }
    if (state !== 'connected') return
    const asked = socket
    const silent = setTimeout(() => asked.close(), patience.check)
    void call('settings.get', {}).then(() => clearTimeout(silent))
  }
  const seen = (): void => {
    if (document.visibilityState === 'visible') wake()
  }
  globalThis.addEventListener?.('online', wake)
  globalThis.document?.addEventListener('visibilitychange', seen)

  open()
  return {
    host: 'browser',
    call: call as Bridge['call'],
    onEvents(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    onLink(listener) {
      linkListeners.add(listener)
      listener(state)
      return () => linkListeners.delete(listener)
    },
    setLocale(next) {
      locale = next
    },
    close() {
      closed = true
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', wake)
      globalThis.document?.removeEventListener('visibilitychange', seen)
      socket?.close()
    },
  }
}
