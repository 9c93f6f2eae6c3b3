/** The desktop's own entries over IPC: checked as the contract's are, and closed while the application is locked. */
import type { IpcMain, WebContents } from 'electron'
import { z } from 'zod'
import { ipcChannels } from '#shared/contract/bridge.ts'
import { desktopEntries, type DesktopEntry, type DesktopEvent, type DesktopResult } from '#shared/contract/desktop.ts'
import { AppError, describeFailure, localeSchema, type Failure } from '#shared/contract/errors.ts'
import type { Answer } from '#shared/contract/index.ts'
import { isTrustedSender } from './guards.ts'
import type { Log } from './log.ts'

/** What leads away from a server that cannot be used, and shows nothing of anybody. */
const waysBack: ReadonlySet<string> = new Set<DesktopEntry>([
  'desktop.get',
  'desktop.restart',
  'server.test',
  'server.use',
  'server.own',
  'server.retry',
])

const callShape = z.object({ entry: z.string().max(100), input: z.unknown(), locale: localeSchema })

/** What each entry does; the input is checked by then. */
export type DesktopHandlers = {
  readonly [Name in DesktopEntry]: (
    input: z.output<(typeof desktopEntries)[Name]['input']>,
  ) => DesktopResult<Name> | Promise<DesktopResult<Name>>
}

export interface DesktopDoor {
  /** Tells the window, where there is one. */
  tell(event: DesktopEvent): void
  close(): void
}

export interface DoorParts {
  isLocked(): boolean
  /**
   * Whether the window is one on a server, and that is not reached: then the ways back are open, since nothing there could
   * unlock it. The computer's own data has a lock of its own.
   */
  isAway(): boolean
  /** The window's page, where there is one that listens. */
  window(): WebContents | null
  readonly log: Log
}

export function serveDesktop(
  ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>,
  handlers: DesktopHandlers,
  { isLocked, isAway, window, log }: DoorParts,
): DesktopDoor {
  const refuse = (failure: Failure, locale: z.output<typeof localeSchema>): Answer<never> => ({
    ok: false,
    error: describeFailure(failure, locale),
  })
  ipcMain.handle(ipcChannels.desktopCall, async (event, payload: unknown): Promise<Answer<unknown>> => {
    if (!isTrustedSender(event.senderFrame)) {
      log.warn({ url: event.senderFrame?.url ?? null }, 'a message over IPC was refused: it is not from our page')
      return refuse({ code: 'forbidden' }, 'en')
    }
    const call = callShape.safeParse(payload)
    if (!call.success) return refuse({ code: 'invalid-input', params: { field: 'message', problem: 'invalid' } }, 'en')
    const { entry, locale } = call.data
    if (!Object.hasOwn(desktopEntries, entry)) return refuse({ code: 'unknown-entry', params: { entry } }, locale)
    if (isLocked() && !(isAway() && waysBack.has(entry))) return refuse({ code: 'locked' }, locale)
    const name = entry as DesktopEntry
    const input = desktopEntries[name].input.safeParse(call.data.input)
    if (!input.success) {
      const [issue] = input.error.issues
      const params = { field: issue?.path.join('.') || 'input', problem: issue?.message ?? 'invalid' }
      return refuse({ code: 'invalid-input', params }, locale)
    }
    try {
      return { ok: true, result: await handlers[name](input.data as never) }
    } catch (error) {
      log.error({ err: error, entry }, 'a desktop entry failed')
      return refuse(error instanceof AppError ? error.failure : { code: 'internal' }, locale)
    }
  })
  return {
    tell(heard) {
      const contents = window()
      if (contents && !contents.isDestroyed()) contents.send(ipcChannels.desktopEvent, heard)
    },
    close() {
      ipcMain.removeHandler(ipcChannels.desktopCall)
    },
  }
}
