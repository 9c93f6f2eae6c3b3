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
/** How long an installation that waits for what is being sent rests between two looks, in milliseconds. */
const lookEveryMs = 1000
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
  /** Whether anything is on its way to the platform now. */
  isSending(): Promise<boolean>
  /** Takes nothing more out of the outbox, and goes on with it. */
  rest(): Promise<void>
  wake(): void
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
  end(): void
}

/** What was written about a version, as plain text: it may be HTML, or a list of versions. */
export function notesOf(notes: unknown): string {
  const all = Array.isArray(notes)
    ? notes.map((item: { version?: unknown; note?: unknown }) => `${String(item.version)}\n${String(item.note ?? '')}`)
    : [typeof notes === 'string' ? notes : '']
  return all
    .join('\n\n')
    .replace(/<(br|\/p|\/li|\/h\d|\/ul|\/ol|\/div)\b[^>]*>/gi, '\n')
    .replace(/<li\b[^>]*>/gi, '- ')
    .replace(/<[^>]*>/g, '')
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
  waits: false,
  problem: null,
  checkedAt: null,
}

/** Follows the updater. */
export function followUpdates(options: UpdatesOptions): Updates {
  const { updater, log } = options
  let state: UpdateState = updater ? nothing : { ...nothing, step: 'off' }
  let timer: NodeJS.Timeout | null = null
  let channel = ''
  let ended = false

  const become = (changes: Partial<UpdateState>): void => {
    state = { ...state, ...changes }
    options.changed()
  }
  const later = (ms: number): void => {
    if (timer) clearTimeout(timer)
    timer = null
    if (ended || !updater || !options.settings().automatic) return
    timer = setTimeout(() => void check(), ms)
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
    // At the end of the application the engine has been stopped: nothing is being sent.
    updater.autoInstallOnAppQuit = true
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
      become({ step: 'ready', version, notes: notesOf(releaseNotes), percent: null })
    })
    updater.on('error', (error) => {
      log.warn({ err: error }, 'an update came to nothing')
      become({ step: 'failed', percent: null, waits: false, problem: error.message.split('\n')[0] ?? '' })
    })
  }

  const isQuiet = async (): Promise<boolean> => {
    if (await options.isSending()) return false
    // Nothing may start between the look and the end.
    await options.rest()
    if (!(await options.isSending())) return true
    options.wake()
    return false
  }
  const applyChannel = (): void => {
    const wanted = options.settings().channel
    if (!updater || wanted === channel) return
    channel = wanted
    updater.channel = wanted
    // The line before allows going back to an older version.
    updater.allowDowngrade = false
    if (state.step === 'failed') become(nothing)
  }
  applyChannel()
  later(firstCheckMs)
  return {
    state: () => state,
    apply() {
      applyChannel()
      later(firstCheckMs)
    },
    check,
    async install() {
      if (state.step !== 'ready') return
      become({ step: 'installing', waits: true })
      try {
        while (!ended && !(await isQuiet())) {
          await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
        }
      } catch (error) {
        if (ended) return
        // The outbox may rest already: nothing else would wake it. The operator can ask again.
        log.warn({ err: error }, 'it could not be seen whether anything is being sent')
        options.wake()
        become({ step: 'ready', waits: false })
        return
      }
      if (ended) return
      become({ waits: false })
      await options.install()
    },
    end() {
      ended = true
      if (timer) clearTimeout(timer)
    },
  }
}
