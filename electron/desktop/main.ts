/** Entry of the desktop host: the application's life from the first line to the last. */
import { app, crashReporter, dialog, protocol } from 'electron'
import type { Failure, Locale } from '#shared/contract/errors.ts'
import { readArguments, type Arguments } from './arguments.ts'
import { keepFewDumps } from './crash-dumps.ts'
import { prepareDataFolder } from './data-folder.ts'
import { startDesktop, type Desktop } from './desktop.ts'
import { hearLinks, type HeardLinks } from './hear-links.ts'
import { appId, linkScheme } from './identity.ts'
import { linkAmong } from './links.ts'
import { localeOf } from './locale.ts'
import { openLog, type DesktopLog } from './log.ts'
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
async function stopInTime(desktop: Desktop, { log }: DesktopLog): Promise<void> {
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
async function run(given: Arguments, profileDir: string, links: HeardLinks): Promise<void> {
  const { dataDir } = given
  const logFile = openLog(dataDir)
  const { log } = logFile
  let desktop: Desktop | null = null
  let isStopping = false
  let mayQuit = false

  const stopThenExit = async (code: number): Promise<void> => {
    if (isStopping) return
    isStopping = true
    if (desktop) await stopInTime(desktop, logFile)
    log.info({ code }, 'stopped')
    logFile.flush()
    app.exit(code)
  }
  const stopThen = async (end: () => void): Promise<void> => {
    if (isStopping) return
    isStopping = true
    if (desktop) await stopInTime(desktop, logFile)
    log.info({}, 'stopped')
    logFile.flush()
    desktop?.quitting()
    mayQuit = true
    end()
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
  // The parts of Electron that draw, and those of ours that run apart.
  app.on('child-process-gone', (_event, { type, reason, exitCode, name }) => {
    if (reason !== 'clean-exit') log.error({ type, reason, exitCode, name }, 'a process of the application ended')
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('before-quit', () => desktop?.quitting())
  app.on('will-quit', (event) => {
    if (mayQuit) return
    event.preventDefault()
    void stopThenExit(0)
  })
  app.on('second-instance', (_event, args) => {
    const destination = linkAmong(args)
    if (destination) desktop?.open(destination)
    else desktop?.show()
  })
  app.on('activate', () => desktop?.show())

  try {
    await app.whenReady()
    log.info({ version: app.getVersion(), dataDir }, 'starting')
    keepFewDumps(app.getPath('crashDumps'))
    desktop = await startDesktop({
      ...given,
      profileDir,
      hidden: given.hidden || startsHidden(),
      locale: locale(),
      logFile,
      shutDown: () => void stopThenExit(0),
      stopThen,
    })
    links.follow(desktop.open)
    if (given.destination) desktop.open(given.destination)
    await desktop.started
    log.info({ ms: Math.round(performance.now()) }, 'started')
  } catch (error) {
    await failed(error, 'cannotStart')
  }
}

/** Whether macOS started it with the session, as one that begins hidden. It hands over no arguments. */
const startsHidden = (): boolean => process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin

/** Makes this application the one that opens our links. Nothing but the link follows the dashes, whatever is in it. */
function takeLinks(): void {
  const own = app.isPackaged ? [] : [app.getAppPath()]
  app.setAsDefaultProtocolClient(linkScheme, process.execPath, [...own, '--'])
}

function main(): void {
  app.setName('Switchboard')
  // Without the identifier that its shortcut has, Windows shows no notification of the application.
  if (process.platform === 'win32') app.setAppUserModelId(appId)
  // Before the application is ready, or the pages have no origin. None of the privileges that weaken a page.
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
  const links = hearLinks(app)
  try {
    const given = readArguments(process.argv.slice(1), process.env, process.cwd())
    const profile = prepareDataFolder(given.dataDir)
    // The lock lies in the profile: one application to a data folder.
    app.setPath('userData', profile)
    if (!app.requestSingleInstanceLock()) {
      app.exit(0)
      return
    }
    // What is left of a crash stays on this machine: see docs/security.md.
    crashReporter.start({ uploadToServer: false })
    // Another data folder is not where links lead, nor is one that is worked on.
    if (app.isPackaged && !given.isNamed) takeLinks()
    void run(given, profile, links)
  } catch (error) {
    void giveUp(failureOf(error), 'cannotStart')
  }
}

main()
