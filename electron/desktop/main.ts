/** Entry of the desktop host: the application's life from the first line to the last. */
import { app, dialog, protocol } from 'electron'
import type { Failure, Locale } from '#shared/contract/errors.ts'
import { readArguments } from './arguments.ts'
import { prepareDataFolder } from './data-folder.ts'
import { startDesktop, type Desktop } from './desktop.ts'
import { appId } from './identity.ts'
import { localeOf } from './locale.ts'
import { openLog, type LogFile } from './log.ts'
import { appScheme } from './origin.ts'
import { failureOf, sentencesOf } from './start-failure.ts'
import { texts } from './texts.ts'

/* How long the engine may take to finish what it is writing before the application ends without it. */
const stopLimitMs = 10_000

const locale = (): Locale => localeOf([...app.getPreferredSystemLanguages(), app.getLocale()])

/** Says on standard error and in a dialog why the application cannot go on, and ends it. */
async function giveUp(failure: Failure, title: 'cannotStart' | 'stoppedWorking'): Promise<void> {
  await app.whenReady()
  const language = locale()
  const sentences = sentencesOf(failure, language)
  process.stderr.write(`${texts[language][title]}: ${sentences}\n`)
  dialog.showErrorBox(texts[language][title], sentences)
  app.exit(1)
}

/** Awaits the end of the engine, but not for ever. */
async function stopInTime(desktop: Desktop, { log }: LogFile): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, stopLimitMs, 'late')))
  try {
    if ((await Promise.race([desktop.stop(), limit])) === 'late') {
      log.error({ limitMs: stopLimitMs }, 'the engine did not stop in time')
    }
  } catch (error) {
    log.error({ err: error }, 'the engine did not stop cleanly')
  } finally {
    clearTimeout(timer)
  }
}

/** Runs the application in a data folder that is there and ours alone. */
async function run(dataDir: string, profileDir: string, removeLock: boolean): Promise<void> {
  const logFile = openLog(dataDir)
  const { log } = logFile
  let desktop: Desktop | null = null
  let isStopping = false

  const stopThenExit = async (code: number): Promise<void> => {
    if (isStopping) return
    isStopping = true
    if (desktop) await stopInTime(desktop, logFile)
    log.info({ code }, 'stopped')
    logFile.flush()
    app.exit(code)
  }
  const failed = async (error: unknown, title: 'cannotStart' | 'stoppedWorking'): Promise<void> => {
    log.fatal({ err: error }, title === 'cannotStart' ? 'the start failed' : 'an error that nobody caught')
    if (isStopping) return
    isStopping = true
    if (desktop) await stopInTime(desktop, logFile)
    logFile.flush()
    await giveUp(failureOf(error), title)
  }

  process.on('uncaughtException', (error) => void failed(error, 'stoppedWorking'))
  // What was under way has failed and is in the log; nothing else need fail with it.
  process.on('unhandledRejection', (reason) => {
    log.error({ err: reason }, 'a rejection that nobody handled')
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('will-quit', (event) => {
    event.preventDefault()
    void stopThenExit(0)
  })
  app.on('second-instance', () => desktop?.show())
  app.on('activate', () => desktop?.show())

  try {
    await app.whenReady()
    log.info({ version: app.getVersion(), dataDir }, 'starting')
    desktop = await startDesktop({ dataDir, profileDir, removeLock, locale: locale(), log })
    log.info({}, 'started')
  } catch (error) {
    await failed(error, 'cannotStart')
  }
}

function main(): void {
  app.setName('Switchboard')
  // Without the identifier that its shortcut has, Windows shows no notification of the application.
  if (process.platform === 'win32') app.setAppUserModelId(appId)
  // Before the application is ready, or the pages have no origin. None of the privileges that weaken a page.
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
  try {
    const { dataDir, removeLock } = readArguments(process.argv.slice(1), process.env, process.cwd())
    const profile = prepareDataFolder(dataDir)
    // The lock lies in the profile: one application to a data folder.
    app.setPath('userData', profile)
    if (!app.requestSingleInstanceLock()) {
      app.exit(0)
      return
    }
    void run(dataDir, profile, removeLock)
  } catch (error) {
    void giveUp(failureOf(error), 'cannotStart')
  }
}

main()
