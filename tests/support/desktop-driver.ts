/** Starts the built desktop application for a test: on the stand-in, or on the real Electron where it is. */
import { _electron, chromium, type Browser, type Page } from '@playwright/test'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findElectron } from '../../scripts/lib/electron.mjs'

const projectDir = join(import.meta.dirname, '../..')

/** A message over IPC as a frame that the test makes up. */
export interface ForgedMessage {
  readonly channel: string
  readonly payload: unknown
  /** Address of the frame that claims to send it. */
  readonly url: string
  readonly isTop: boolean
}

/** The tray as a person sees it, and the number on the application's icon. */
export interface TrayLook {
  readonly image: string
  readonly tooltip: string
  readonly title: string
  readonly menu: string[]
  readonly badge: number
}

/** The running application in a test's hand. */
export interface RunningDesktop {
  /** The first window's page. */
  readonly page: Page
  /** How many windows or tabs there are. */
  countPages(): number
  /** Whether the main window is shown. */
  isVisible(): Promise<boolean>
  invokeAs(message: ForgedMessage): Promise<unknown>
  /** What the system shows beside the window; only the stand-in can tell. */
  readonly system?: {
    tray(): Promise<TrayLook>
    clickTray(): Promise<unknown>
    notifications(): Promise<{ title: string; body: string; isShown: boolean; silent?: boolean }[]>
    minimize(): Promise<unknown>
    /** Anything else that a test may ask of the stand-in; see its `control.ts`. */
    command(name: string, args?: unknown): Promise<unknown>
  }
  /** Quits as from the menu. @returns the exit code */
  quit(): Promise<number | null>
  /** What the operator will press when a question comes up next, by its place among the buttons. */
  answerNext(button: number): Promise<unknown>
  /** Closes the main window as its user does. */
  closeWindow(): Promise<unknown>
  /** Starts it once more on the same data, which gives way to the first. Resolves when it has. */
  startAgain(args: readonly string[]): Promise<number | null>
  /** The window’s page ends by itself. @returns the page that takes its place */
  crash(): Promise<Page>
  /** The window’s page answers nothing from now on. @returns the page that takes its place */
  hang(): Promise<Page>
  /** Resolves with the exit code when the application ends; null after a signal. */
  readonly exited: Promise<number | null>
  /** Everything on standard error so far. */
  readonly stderr: () => string
  /** Ends the process if it still runs; for the end of a test. */
  kill(): Promise<void>
}

export interface StartOptions {
  readonly dataDir: string
  /** More arguments. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export type StartDesktop = (options: StartOptions) => Promise<RunningDesktop>

/* A browser goes on writing its profile when the application above it is killed, so it is asked first. */
const politenessMs = 8_000

/** Ends a process that may have ended already: asks it, and kills it when it does not listen. */
export async function endProcess(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), politenessMs)
  await exited
  clearTimeout(timer)
}

const register = join(projectDir, 'tests/support/electron-stand-in/register.mjs')
const mainBundle = join(projectDir, 'out/main/desktop.js')

type FromStandIn =
  | { event: 'browser'; endpoint: string }
  | { event: 'dialog'; title: string; content: string }
  | { id: number; result?: unknown; error?: string }

/** A process of the application on the stand-in, with or without a window. */
export interface StandInProcess {
  readonly child: ChildProcess
  readonly dialogs: { title: string; content: string }[]
  readonly stderr: () => string
  /** The address at which the same browser is reached. Rejects when the process ends before it has one. */
  readonly endpoint: Promise<string>
  /** Resolves with the exit code; null after a signal. */
  readonly exited: Promise<number | null>
  command(name: string, args?: unknown): Promise<unknown>
}

/** Starts the built main bundle on the stand-in. */
export function spawnOnStandIn({ dataDir, args = [], env = {} }: StartOptions, main = mainBundle): StandInProcess {
  const child = spawn(process.execPath, ['--import', register, main, '--data', dataDir, ...args], {
    cwd: projectDir,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (text += part))
  const exited = once(child, 'close').then(([code]) => code as number | null)
  const dialogs: { title: string; content: string }[] = []
  const answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let lastId = 0

  const endpoint = new Promise<string>((resolve, reject) => {
    child.on('message', (message: FromStandIn) => {
      if ('event' in message) {
        if (message.event === 'browser') resolve(message.endpoint)
        else dialogs.push({ title: message.title, content: message.content })
      } else if (message.error !== undefined) answers.get(message.id)?.reject(new Error(message.error))
      else answers.get(message.id)?.resolve(message.result)
    })
    void exited.then((code) => {
      const problem = new Error(`the application ended with ${String(code)}\n${text}`)
      reject(problem)
      for (const answer of answers.values()) answer.reject(problem)
    })
  })
  // A test of a failing start never asks for it.
  endpoint.catch(() => {})
  return {
    child,
    dialogs,
    stderr: () => text,
    endpoint,
    exited,
    command(name, args) {
      lastId += 1
      const id = lastId
      return new Promise((resolve, reject) => {
        answers.set(id, { resolve, reject })
        child.send({ id, name, args })
      })
    },
  }
}

async function findPage(browser: Browser): Promise<Page> {
  const [context] = browser.contexts()
  if (!context) throw new Error('the browser has no context')
  const page = context.pages()[0] ?? (await context.waitForEvent('page'))
  await page.waitForURL((url) => url.protocol !== 'about:')
  return page
}

/** Starts on the stand-in and waits for the window. */
export const startOnStandIn: StartDesktop = async (options) => {
  const application = spawnOnStandIn(options)
  const browser = await chromium.connectOverCDP(await application.endpoint)
  const page = await findPage(browser)
  return {
    page,
    countPages: () => browser.contexts()[0]?.pages().length ?? 0,
    async isVisible() {
      const [window] = (await application.command('windows')) as { isVisible: boolean }[]
      return window?.isVisible ?? false
    },
    invokeAs: (message) => application.command('invokeAs', message),
    system: {
      tray: () => application.command('tray') as Promise<TrayLook>,
      clickTray: () => application.command('clickTray'),
      notifications: () => application.command('notifications') as never,
      minimize: () => application.command('minimize'),
      command: (name, args) => application.command(name, args),
    },
    async quit() {
      void application.command('quit').catch(() => {})
      return application.exited
    },
    answerNext: (button) => application.command('answerNext', button),
    // The application may be gone before it can answer.
    closeWindow: () => application.command('closeWindow').catch(() => {}),
    async crash() {
      const next = browser.contexts()[0]!.waitForEvent('page')
      await application.command('crash')
      return next
    },
    async hang() {
      const next = browser.contexts()[0]!.waitForEvent('page', { timeout: 60_000 })
      // Chromium notices it by input that nobody takes; that notice is all that the stand-in can give.
      await application.command('unresponsive')
      return next
    },
    startAgain: (args) => spawnOnStandIn({ ...options, args }).exited,
    exited: application.exited,
    stderr: application.stderr,
    async kill() {
      await endProcess(application.child, application.exited)
      await browser.close().catch(() => {})
    },
  }
}

/** Starts on the real Electron, unpacked, and waits for the window. */
export const startOnElectron: StartDesktop = async ({ dataDir, args = [], env = {} }) => {
  const application = await _electron.launch({
    executablePath: findElectron(),
    args: ['.', '--data', dataDir, ...args],
    cwd: projectDir,
    env: { ...(process.env as Record<string, string>), ...env },
  })
  const child = application.process()
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (text += part))
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const page = await application.firstWindow()
  return {
    page,
    countPages: () => application.windows().length,
    isVisible: () =>
      application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? false),
    invokeAs: (message) =>
      application.evaluate(({ BrowserWindow, ipcMain }, { channel, payload, url, isTop }) => {
        type Handler = (event: object, payload: unknown) => unknown
        const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, Handler> })._invokeHandlers
        const senderFrame = { url, origin: url, parent: isTop ? null : {} }
        const sender = BrowserWindow.getAllWindows()[0]?.webContents
        return handlers.get(channel)?.({ type: 'frame', sender, senderFrame }, payload)
      }, message),
    async quit() {
      // The application is gone before it can answer.
      void application
        .evaluate(({ app }) => {
          app.quit()
        })
        .catch(() => {})
      return exited
    },
    answerNext: (button) =>
      application.evaluate(({ dialog }, response) => {
        dialog.showMessageBox = () => Promise.resolve({ response, checkboxChecked: false })
      }, button),
    // The application may be gone before it can answer.
    closeWindow: () =>
      application
        .evaluate(({ BrowserWindow }) => {
          BrowserWindow.getAllWindows()[0]?.close()
        })
        .catch(() => {}),
    async crash() {
      await application.evaluate(({ BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer()
      })
      await application.evaluate(
        ({ BrowserWindow }) =>
          new Promise((resolve) => {
            BrowserWindow.getAllWindows()[0]?.webContents.once('did-finish-load', () => {
              resolve(undefined)
            })
          }),
      )
      return page
    },
    async hang() {
      await page.evaluate(() => {
        setTimeout(() => {
          for (;;);
        })
      })
      const pid = await application.evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents
        // Input that nobody takes is what Chromium notices it by.
        contents?.sendInputEvent({ type: 'mouseMove', x: 10, y: 10 })
        contents?.sendInputEvent({ type: 'keyDown', keyCode: 'a' })
        return contents?.getOSProcessId()
      })
      const nowPid = (): Promise<number | undefined> =>
        application.evaluate(({ BrowserWindow }) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents
          return contents?.isLoading() ? undefined : contents?.getOSProcessId()
        })
      const until = Date.now() + 90_000
      while (Date.now() < until) {
        const found = await nowPid()
        if (found !== undefined && found !== 0 && found !== pid) return page
        await wait(500)
      }
      throw new Error('the page was not loaded again')
    },
    startAgain: async (args) => {
      const second = spawn(findElectron() ?? '', ['.', '--data', dataDir, ...args], {
        cwd: projectDir,
        stdio: 'ignore',
      })
      const [code] = (await once(second, 'exit')) as [number | null]
      return code
    },
    exited,
    stderr: () => text,
    async kill() {
      await endProcess(child, exited)
    },
  }
}
