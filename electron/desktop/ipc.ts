/**
 * The contract over IPC: the desktop's counterpart of the headless host's WebSocket. No port is opened, so
 * nothing but the window can reach the engine; and of the window only the application's own page.
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron'
import { z } from 'zod'
import { ipcChannels, type HelloReply, type LinkState } from '#shared/contract/bridge.ts'
import { describeFailure, localeSchema, type ContractError, type Failure } from '#shared/contract/errors.ts'
import { isForLocked } from '#shared/contract/events.ts'
import { contractVersion, type Answer } from '#shared/contract/index.ts'
import type { Engine, TouchId } from '#engine/types.ts'
import { isTrustedSender } from './guards.ts'
import type { Log } from './log.ts'

/** Where the operator of the desktop application sits, for the application lock: it has one window. */
export const desktopSeat = 'desktop'

/** The way to an engine that is not in this process. */
export interface EngineLink {
  readonly state: LinkState
  /** @returns a function that ends it */
  onChange(listener: (state: LinkState) => void): () => void
}

const helloShape = z.object({ contractVersion: z.int(), locale: localeSchema })
const callShape = z.object({ entry: z.string().max(100), input: z.unknown(), locale: localeSchema })

const problemOf = (error: z.ZodError): Failure => {
  const [issue] = error.issues
  return {
    code: 'invalid-input',
    params: { field: issue?.path.join('.') || 'message', problem: issue?.message ?? 'invalid' },
  }
}

/**
 * Answers the windows' calls and sends them the engine's events.
 *
 * @param ready once the engine runs: the window opens before, and is greeted then
 * @param link absent: the engine is in this process, and always there
 * @returns a function that ends it
 */
export function serveIpc(
  ipcMain: IpcMain,
  engine: Pick<Engine, 'call' | 'onEvents' | 'isLocked'>,
  log: Log,
  touchId?: TouchId,
  ready: Promise<unknown> = Promise.resolve(),
  link?: EngineLink,
): () => void {
  const listening = new Set<WebContents>()
  const known = new WeakSet<WebContents>()

  /** Keeps a page that said hello until it is gone; one that was reloaded says hello again. */
  const admit = (contents: WebContents): void => {
    listening.add(contents)
    if (known.has(contents)) return
    known.add(contents)
    const forget = (): void => {
      listening.delete(contents)
    }
    contents.on('render-process-gone', forget)
    contents.on('destroyed', forget)
  }

  const refusal = (event: IpcMainInvokeEvent): ContractError | null => {
    if (isTrustedSender(event.senderFrame)) return null
    log.warn({ url: event.senderFrame?.url ?? null }, 'a message over IPC was refused: it is not from our page')
    return describeFailure({ code: 'forbidden' }, 'en')
  }

  ipcMain.handle(ipcChannels.hello, async (event, payload: unknown): Promise<HelloReply> => {
    const refused = refusal(event)
    if (refused) return { accepted: false, error: refused }
    const hello = helloShape.safeParse(payload)
    if (!hello.success) return { accepted: false, error: describeFailure(problemOf(hello.error), 'en') }
    const { locale } = hello.data
    if (hello.data.contractVersion !== contractVersion) {
      listening.delete(event.sender)
      const params = { renderer: hello.data.contractVersion, engine: contractVersion }
      return { accepted: false, error: describeFailure({ code: 'contract-version', params }, locale) }
    }
    // Where it never is, the application tells why and ends.
    await ready
    if (event.sender.isDestroyed())
      return { accepted: false, error: describeFailure({ code: 'connection-lost' }, locale) }
    admit(event.sender)
    return {
      accepted: true,
      lost: describeFailure({ code: 'connection-lost' }, locale),
      link: link?.state ?? 'connected',
    }
  })

  ipcMain.handle(ipcChannels.call, async (event, payload: unknown): Promise<Answer<unknown>> => {
    const refused = refusal(event)
    if (refused) return { ok: false, error: refused }
    const call = callShape.safeParse(payload)
    if (!call.success) return { ok: false, error: describeFailure(problemOf(call.error), 'en') }
    const { entry, input, locale } = call.data
    return engine.call(entry, input, { locale, seat: desktopSeat, ...(touchId ? { touchId } : {}) })
  })

  const unsubscribe = engine.onEvents((events) => {
    // The lock's own event travels alone, and says nothing of anybody.
    if (engine.isLocked(desktopSeat) && !isForLocked(events)) return
    for (const contents of listening) {
      if (!contents.isDestroyed()) contents.send(ipcChannels.events, events)
    }
  })

  const endLink = link?.onChange((state) => {
    for (const contents of listening) if (!contents.isDestroyed()) contents.send(ipcChannels.link, state)
  })

  return () => {
    unsubscribe()
    endLink?.()
    listening.clear()
    ipcMain.removeHandler(ipcChannels.hello)
    ipcMain.removeHandler(ipcChannels.call)
  }
}
