/** What the tray shows: how much is unread, and what the watch found; locked, nothing of anybody. */
import type { MenuItemConstructorOptions } from 'electron'
import { alarmInGeneral, sayAlarm } from '#shared/contract/alarm-words.ts'
import type { Robot, RobotState } from '#shared/contract/entries/robots.ts'
import type { Alarm } from '#shared/contract/entries/watch.ts'
import { fill, type Locale } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { unreadOverAll } from '#shared/unread.ts'
import { texts } from './texts.ts'

export type TrayPicture = 'calm' | 'unread' | 'attention'

export interface TrayView {
  readonly picture: TrayPicture
  readonly tooltip: string
  /** Beside the picture, where the system has room for it (macOS). */
  readonly title: string
  /** On the application's own icon, where the system draws one there; 0 for none. */
  readonly badge: number
  /** What the menu says above its commands. */
  readonly lines: readonly string[]
}

/** What is known of the engine, as far as the tray shows it. */
export interface TraySubject {
  readonly robots: ReadonlyMap<string, Pick<Robot, 'unread' | 'muted' | 'connectionId' | 'state'>>
  readonly alarms: readonly Alarm[]
}

/** Most alarms that the menu names. */
const namedAlarms = 5

/* In the order in which they are told: what is well first. */
const states: readonly RobotState[] = ['online', 'logging-in', 'offline', 'limited', 'banned', 'unknown']

/** How many robots are in which state, in one line; empty where there are none. */
export function robotLine(robots: Iterable<Pick<Robot, 'state'>>, locale: Locale): string {
  const t = texts[locale]
  const all = [...robots]
  const list = states
    .map((state) => ({ state, n: all.filter((robot) => robot.state === state).length }))
    .filter(({ n }) => n > 0)
    .map(({ state, n }) => fill(t.robotsBy[state], { n }))
  return list.length === 0 ? '' : fill(t.robots, { list: list.join(t.listJoint) })
}

export function trayView({ robots, alarms }: TraySubject, locale: Locale, isLocked: boolean): TrayView {
  const t = texts[locale]
  const attention = alarms.length > 0
  if (isLocked) {
    const lines = [t.trayLocked, ...(attention ? [alarmInGeneral[locale].raised] : [])]
    const tooltip = [t.appName, ...lines].join('\n')
    return { picture: attention ? 'attention' : 'calm', tooltip, title: '', badge: 0, lines }
  }
  const unread = unreadOverAll(robots.values())
  const said = alarms.slice(0, namedAlarms).map((alarm) => sayAlarm(alarm, 'raised', locale).message)
  const more = alarms.length - said.length
  const states = robotLine(robots.values(), locale)
  const count = unread > 0 ? fill(t.trayUnread, { n: unread }) : t.trayNothingUnread
  const lines = [
    count,
    ...(states === '' ? [] : [states]),
    ...said,
    ...(more > 0 ? [fill(t.trayMore, { n: more })] : []),
  ]
  return {
    picture: attention ? 'attention' : unread > 0 ? 'unread' : 'calm',
    tooltip: [
      t.appName,
      count,
      ...(said.length > 0 ? said.slice(0, 1) : states === '' ? [] : [states]),
      ...(alarms.length > 1 ? [fill(t.trayMore, { n: alarms.length - 1 })] : []),
    ].join('\n'),
    title: unread > 0 ? String(unread) : '',
    badge: unread,
    lines,
  }
}

/** The menu of the tray. @param show brings the window to the front */
export const trayMenu = (view: TrayView, locale: Locale, show: () => void): MenuItemConstructorOptions[] => [
  // A label's ampersand would mark a key; doubled it is itself.
  ...view.lines.map((line) => ({ label: line.replaceAll('&', '&&'), enabled: false })),
  { type: 'separator' },
  { label: texts[locale].trayOpen, click: show },
  { role: 'quit', label: texts[locale].quit },
]

/** The picture's file. On macOS the system colours it to fit its menu bar, and knows it by its name. */
export const trayFile = (picture: TrayPicture, platform: NodeJS.Platform): string =>
  `tray-${picture}${platform === 'darwin' ? 'Template' : ''}.png`

export interface TrayHost {
  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void
  /** All robots and the alarms that last, asked anew. */
  load(): Promise<{ robots: readonly Robot[]; alarms: readonly Alarm[] }>
  isLocked(): boolean
  language(): Locale
  show(view: TrayView): void
}

export interface FollowedTray {
  /** Shows it anew: something beside the engine's events changed, such as the language. */
  refresh(): void
  end(): void
}

/** Keeps the tray at what the engine tells. */
export function followTray(host: TrayHost): FollowedTray {
  const robots = new Map<string, Robot>()
  let alarms: readonly Alarm[] = []
  let shown = ''
  const refresh = (): void => {
    const view = trayView({ robots, alarms }, host.language(), host.isLocked())
    const words = JSON.stringify([view, host.language()])
    // Robots change with each message: the system is told only what it shows.
    if (words === shown) return
    shown = words
    host.show(view)
  }
  /** What was heard since the newest question was asked: its answer may be older. */
  let since: ContractEvent[] = []
  let asked: Promise<unknown> | null = null
  const load = async (): Promise<void> => {
    const question = host.load()
    asked = question
    since = []
    try {
      const found = await question
      // Asked anew meanwhile: this answer is of other data.
      if (question !== asked) return
      robots.clear()
      for (const robot of found.robots) robots.set(robot.id, robot)
      alarms = found.alarms
      since.forEach(note)
    } finally {
      if (question === asked) {
        asked = null
        since = []
      }
    }
    refresh()
  }
  const note = ({ event, data }: ContractEvent): void => {
    if (event === 'robot.changed') robots.set(data.id, data)
    else if (event === 'robot.removed') robots.delete(data.id)
    else if (event === 'watch.changed') alarms = data.alarms
    else if (event === 'connection.removed') {
      for (const [id, { connectionId }] of robots) if (connectionId === data.id) robots.delete(id)
    }
  }
  const hear = (heard: ContractEvent): void => {
    if (heard.event === 'system.restarted') return void load()
    note(heard)
    if (asked) since.push(heard)
  }
  refresh()
  void load()
  const end = host.onEvents((events) => {
    events.forEach(hear)
    refresh()
  })
  return { refresh, end }
}
