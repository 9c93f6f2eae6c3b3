/**
 * New versions: looked for, fetched, shown with what was written about them, and installed when nothing is being sent.
 * electron-updater fetches and checks; what follows from it is decided here.
 */
import type { AppUpdater } from 'electron-updater'
import type { DesktopSettings, UpdateState } from '#shared/contract/desktop.ts'
import type { Log } from './log.ts'

/** How often it is looked for a new version, in milliseconds; the first time soon after the start, when all is calm. */
export const checkEveryMs = 6 * 60 * 60_000
const firstCheckMs = 60_000
/**
 * How long an installation waits for what is being sent, in milliseconds: nothing new goes out meanwhile, and a message in
 * several parts may take as long as its robot's pace, or stand still with it.
 */
export const waitAtMostMs = 5 * 60_000
/** More is not shown of what was written about a version. */
const longestNotes = 20_000

export type Updater = Pick<
  AppUpdater,
  'channel' | 'allowDowngrade' | 'autoDownload' | 'autoInstallOnAppQuit' | 'checkForUpdates' | 'on'
>

export interface UpdatesOptions {
  /** Null: this copy of the application is not one that updates itself. */
  readonly updater: Updater | null
  settings(): DesktopSettings['updates']
  /**
   * Whether the application may put a new version in its place at an end that nobody asked for the version at. Not on
   * macOS: there the version would have to be handed to the system (Squirrel.Mac) as soon as it is there, and the system
   * puts it in at the next end, whichever that is: a crash, or the machine going off, in the middle of sending.
   */
  readonly installsAtEnd: boolean
  /** Has the engine rest, as `Engine.quiet`. @returns false when it was called off */
  quiet(signal: AbortSignal, told: (tasks: number) => void): Promise<boolean>
  /** Goes on after that. */
  wake(): void
  readonly waitAtMostMs?: number
  /** Stops the application and puts the new version in its place; called once. */
  install(): Promise<void>
  changed(): void
  readonly log: Log
}

export interface Updates {
  state(): UpdateState
  /** Settings changed. */
  apply(): void
  check(): Promise<void>
  install(): Promise<void>
  /** Calls an installation off that still waits. */
  cancel(): void
  end(): void
}

/** What was written about a version, as plain text: it may be HTML, or a list of versions. */
export function notesOf(notes: unknown): string {
  const all = Array.isArray(notes)
    ? notes.map((item: { version?: unknown; note?: unknown }) => `${String(item.version)}\n${String(item.note ?? '')}`)
    : [typeof notes === 'string' ? notes : '']
  return all
    .join('\n\n')
    .replace(/<(br|\/p|\/li|\/h\d|\/ul|\/ol|\/div)\b[^<>]*>/gi, '\n')
    .replace(/<li\b[^<>]*>/gi, '- ')
    .replace(/<[^<>]*>/g, '')
    .replace(
      /&(lt|gt|quot|#39|amp);/g,
      (_sign, name: string) => ({ lt: '<', gt: '>', quot: '"', '#39': "'" })[name] ?? '&',
    )
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .slice(0, longestNotes)
}

const nothing: UpdateState = {
  step: 'idle',
  version: null,
  notes: '',
  percent: null,
  waits: null,
  waitedInVain: false,
  problem: null,
  checkedAt: null,
}

/** Follows the updater. */
export function followUpdates(options: UpdatesOptions): Updates {
  const { updater, log } = options
  let state: UpdateState = updater ? nothing : { ...nothing, step: 'off' }
  let timer: NodeJS.Timeout | null = null
  let channel = ''
  let automatic = options.settings().automatic
  let ended = false
  /** Ends the wait of an installation that is under way. */
  let waiting: AbortController | null = null

  const become = (changes: Partial<UpdateState>): void => {
    state = { ...state, ...changes }
    options.changed()
  }
  const later = (ms: number): void => {
    if (timer) clearTimeout(timer)
    timer = null
    if (ended || !updater || !options.settings().automatic) return
    timer = setTimeout(() => {
      // Whatever comes of this one, and though it may find no reason to look now.
      later(checkEveryMs)
      void check()
    }, ms)
    timer.unref()
  }
  const check = async (): Promise<void> => {
    // One that is ready stays; it would be fetched again.
    if (!updater || ['checking', 'downloading', 'ready', 'installing'].includes(state.step)) return
    become({ step: 'checking', problem: null })
    try {
      const found = await updater.checkForUpdates()
      // What becomes of the download is told by events.
      found?.downloadPromise?.catch(() => {})
    } catch (error) {
      // It was told by its event as well.
      log.warn({ err: error }, 'it could not be looked for a new version')
    } finally {
      // An updater that does nothing says nothing either.
      if (state.step === 'checking') become({ step: 'idle', checkedAt: Date.now() })
      later(checkEveryMs)
    }
  }

  if (updater) {
    updater.autoDownload = true
    // Where it does, the engine has been stopped by then: nothing is being sent.
    updater.autoInstallOnAppQuit = options.installsAtEnd
    updater.on('update-available', ({ version, releaseNotes }) => {
      log.info({ version }, 'a new version is there')
      become({ step: 'downloading', version, notes: notesOf(releaseNotes), percent: 0, checkedAt: Date.now() })
    })
    updater.on('update-not-available', () => {
      become({ ...nothing, checkedAt: Date.now() })
    })
    updater.on('download-progress', ({ percent }) => {
      const whole = Math.floor(percent)
      if (whole !== state.percent) become({ percent: whole })
    })
    updater.on('update-downloaded', ({ version, releaseNotes }) => {
      log.info({ version }, 'a new version is ready')
      become({ step: 'ready', version, notes: notesOf(releaseNotes), percent: null, waitedInVain: false })
    })
    updater.on('error', (error) => {
      log.warn({ err: error }, 'an update came to nothing')
      waiting?.abort()
      become({ step: 'failed', percent: null, waits: null, problem: error.message.split('\n')[0] ?? '' })
    })
  }

  const isInstalling = (): boolean => state.step === 'installing'
  /** Waits until nothing is being sent. @returns why it is given up; null: all is quiet */
  const untilQuiet = async (): Promise<'called off' | 'in vain' | 'unknown' | null> => {
    const off = new AbortController()
    waiting = off
    const { waitAtMostMs: limitMs = waitAtMostMs } = options
    const until = Date.now() + limitMs
    let isLong = false
    const limit = setTimeout(() => {
      isLong = true
      off.abort()
    }, limitMs)
    try {
      const isQuiet = await options.quiet(off.signal, (tasks) => become({ waits: { tasks, until } }))
      if (isQuiet && !off.signal.aborted) return null
      // It came to rest in the very moment in which it was called off.
      if (isQuiet) options.wake()
      return isLong ? 'in vain' : 'called off'
    } catch (error) {
      log.warn({ err: error }, 'it could not be seen whether anything is being sent')
      return 'unknown'
    } finally {
      waiting = null
      clearTimeout(limit)
    }
  }
  /** @returns whether it is another one */
  const applyChannel = (): boolean => {
    const wanted = options.settings().channel
    if (!updater || wanted === channel) return false
    channel = wanted
    updater.channel = wanted
    // The line before allows going back to an older version.
    updater.allowDowngrade = false
    if (state.step === 'failed') become(nothing)
    return true
  }
  applyChannel()
  later(firstCheckMs)
  return {
    state: () => state,
    apply() {
      const before = automatic
      automatic = options.settings().automatic
      // Other settings leave the next look where it is.
      if (applyChannel() || automatic !== before) later(firstCheckMs)
    },
    check,
    async install() {
      if (state.step !== 'ready') return
      become({ step: 'installing', waitedInVain: false })
      const why = await untilQuiet()
      if (ended) return
      // The updater itself gave up meanwhile, and said why.
      if (!isInstalling()) return why === null ? options.wake() : undefined
      if (why !== null) {
        log.info({ why }, 'the new version was not installed')
        become({ step: 'ready', waits: null, waitedInVain: why === 'in vain' })
        return
      }
      become({ waits: null })
      await options.install()
    },
    cancel() {
      waiting?.abort()
    },
    end() {
      ended = true
      waiting?.abort()
      if (timer) clearTimeout(timer)
    },
  }
}
