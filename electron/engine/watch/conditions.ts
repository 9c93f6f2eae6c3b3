/** What is the matter, judged from what is known. Pure: the watch asks it at every look. */
import type { AlarmKind } from '#shared/contract/entries/watch.ts'
import type { RobotState } from '#shared/contract/entries/robots.ts'
import type { DownWay } from './ways.ts'
import { tooLong, type Usual } from './usual.ts'

const minute = 60_000

/** How long a trouble lasts before it is told, and when the disk is low. */
export const patience = {
  /** A robot that drops and logs in again is nobody's concern. */
  offlineMs: minute,
  outboxMs: 10 * minute,
  wayMs: minute / 2,
  diskBytes: 1024 ** 3,
  /** So much is free again before it is over. */
  diskOverBytes: 1.25 * 1024 ** 3,
}

export interface WatchedRobot {
  readonly id: number
  readonly connectionId: number
  readonly state: RobotState
  readonly stateSince: number | null
  readonly limits: readonly string[]
  /** Whether its operator logged it out last. */
  readonly loggedOut: boolean
}

export interface WatchedQueue {
  readonly robotId: number
  readonly waiting: number
  /** When the oldest of what may go began to wait. */
  readonly oldestAt: number
  /** When something last left it; 0: never. */
  readonly movedAt: number
}

export interface OpenAlarm {
  readonly id: number
  readonly key: string
  readonly kind: AlarmKind
  readonly raisedAt: number
}

export interface Facts {
  readonly now: number
  readonly robots: readonly WatchedRobot[]
  readonly queues: readonly WatchedQueue[]
  /** When a callback of a connection last came. */
  readonly lastCallbacks: ReadonlyMap<number, number>
  /** Connections of which callbacks came since the last look. */
  readonly arrived: ReadonlySet<number>
  readonly usual: ReadonlyMap<number, Usual>
  readonly waysDown: readonly DownWay[]
  /** Null where it cannot be known. */
  readonly freeBytes: number | null
  readonly open: readonly OpenAlarm[]
  /** How long something lasts that began at a stored time, as far as it was watched. */
  age(begunAt: number): number
}

/** Something that is the matter. */
export interface Matter {
  /** What it is about: one alarm of a key at a time. */
  readonly key: string
  readonly kind: AlarmKind
  readonly robotId: number | null
  readonly connectionId: number | null
  readonly detail: Readonly<Record<string, string | number>>
  /** False: not long enough to be told, but no reason to say that it is over. */
  readonly ripe: boolean
}

const maySend = (state: RobotState): boolean => state === 'online' || state === 'limited' || state === 'unknown'
const isUp = (state: RobotState): boolean => state === 'online' || state === 'limited'
const robotStates = { banned: 'robot-banned', limited: 'robot-limited', offline: 'robot-offline' } as const

const aboutRobot = (robot: WatchedRobot, kind: AlarmKind, detail: Matter['detail'], ripe: boolean): Matter => ({
  key: `${kind} ${robot.id}`,
  kind,
  robotId: robot.id,
  connectionId: robot.connectionId,
  detail,
  ripe,
})

function statesOf({ robots, open, age }: Facts): Matter[] {
  return robots.flatMap((robot) => {
    if (robot.state === 'logging-in' || robot.state === 'unknown') {
      // Not known yet: what was the matter is so until it is known to be otherwise.
      return Object.values(robotStates)
        .filter((kind) => open.some(({ key }) => key === `${kind} ${robot.id}`))
        .map((kind) => aboutRobot(robot, kind, {}, false))
    }
    if (robot.state === 'online' || (robot.state === 'offline' && robot.loggedOut)) return []
    const codes = robot.limits.filter((code) => code !== '').join(', ') || '—'
    const ripe = robot.state !== 'offline' || age(robot.stateSince ?? 0) >= patience.offlineMs
    return [aboutRobot(robot, robotStates[robot.state], robot.state === 'limited' ? { codes } : {}, ripe)]
  })
}

function silencesOf({ robots, lastCallbacks, arrived, usual, open, age }: Facts): Matter[] {
  return [...lastCallbacks].flatMap(([connectionId, lastAt]) => {
    const up = robots.filter((robot) => robot.connectionId === connectionId && isUp(robot.state))
    if (up.length === 0) return []
    const key = `callbacks-silent ${connectionId}`
    const upSince = Math.min(...up.map((robot) => robot.stateSince ?? 0))
    const silentMs = age(Math.max(lastAt, upSince))
    const usualMs = usual.get(connectionId)?.usualMs ?? null
    const ripe = usualMs !== null && silentMs > tooLong(usualMs)
    // Sleep and a clock that was set shorten the age, and end nothing: only a callback does.
    const lasts = !arrived.has(connectionId) && open.some((alarm) => alarm.key === key)
    if (!ripe && !lasts) return []
    const detail = { silentMs, usualMs: usualMs ?? 0 }
    return [{ key, kind: 'callbacks-silent', robotId: null, connectionId, detail, ripe } satisfies Matter]
  })
}

function queuesOf({ robots, queues, open, age }: Facts): Matter[] {
  return queues.flatMap((queue) => {
    const robot = robots.find(({ id }) => id === queue.robotId)
    if (!robot || !maySend(robot.state) || queue.waiting === 0) return []
    const raised = open.find(({ key }) => key === `outbox-stuck ${robot.id}`)
    const ripe = age(Math.max(queue.oldestAt, queue.movedAt, robot.stateSince ?? 0)) > patience.outboxMs
    if (!ripe && !(raised && queue.movedAt <= raised.raisedAt)) return []
    return [aboutRobot(robot, 'outbox-stuck', { waiting: queue.waiting }, ripe)]
  })
}

/** Everything that is the matter. */
export function mattersOf(facts: Facts): Matter[] {
  const none = { robotId: null, connectionId: null }
  const ways = facts.waysDown.map(({ way, since }): Matter => {
    const ripe = facts.age(since) >= patience.wayMs
    return { ...none, key: `way-down ${way}`, kind: 'way-down', detail: { way }, ripe }
  })
  const { freeBytes } = facts
  const disk: Matter[] = []
  if (freeBytes !== null && freeBytes < patience.diskOverBytes) {
    const ripe = freeBytes < patience.diskBytes
    disk.push({ ...none, key: 'disk-low', kind: 'disk-low', detail: { freeBytes }, ripe })
  }
  return [...statesOf(facts), ...silencesOf(facts), ...queuesOf(facts), ...ways, ...disk]
}

export interface Verdict {
  readonly raise: readonly Matter[]
  readonly end: readonly { readonly id: number; readonly quietly: boolean }[]
}

/**
 * What is new and what is over.
 *
 * @param isOn which kinds are looked for; one that was switched off ends without a word
 */
export function judge(
  matters: readonly Matter[],
  open: readonly OpenAlarm[],
  isOn: (kind: AlarmKind) => boolean,
): Verdict {
  const present = new Set(open.map(({ key }) => key))
  const wanted = matters.filter(({ kind }) => isOn(kind))
  const lasting = new Set(wanted.filter(({ key, ripe }) => ripe || present.has(key)).map(({ key }) => key))
  const raise = wanted.filter(({ key, ripe }) => ripe && !present.has(key))
  const end = open
    .filter(({ key }) => !lasting.has(key))
    .map(({ id, key, kind }) => {
      // Of a robot that went from one trouble into another only the new one is told.
      const [robot] = key.split(' ').slice(-1)
      const worse =
        kind.startsWith('robot-') &&
        wanted.some((matter) => matter.kind.startsWith('robot-') && String(matter.robotId) === robot)
      return { id, quietly: worse || !isOn(kind) }
    })
  return { raise, end }
}
