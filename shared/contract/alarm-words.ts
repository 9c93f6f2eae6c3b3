/** What an alarm says, in both languages: on the screen, in notifications, to the webhook. */
import type { Alarm, AlarmKind, AlarmPhase } from './entries/watch.ts'
import { fill, type Locale } from './errors.ts'

interface Words {
  readonly raised: string
  readonly hint: string
  readonly over: string
}

const words: Readonly<Record<Locale, Readonly<Record<AlarmKind, Words>>>> = {
  'zh-CN': {
    'robot-banned': {
      raised: '{robot} 已被封禁',
      hint: '它的消息留在发件箱里；请在平台处理。',
      over: '{robot} 不再处于封禁状态',
    },
    'robot-limited': {
      raised: '{robot} 的部分功能受限（{codes}）',
      hint: '受限的操作会等待；原因见机器人页。',
      over: '{robot} 的限制已解除',
    },
    'robot-offline': {
      raised: '{robot} 已离线',
      hint: '收不到它的消息，发出的在等待；请重新登录。',
      over: '{robot} 已恢复在线',
    },
    'callbacks-silent': {
      raised: '{connection} 已有 {silent} 没有回调',
      hint: '机器人在线，这个时段通常最多安静 {usual}；请检查回调地址和网络。',
      over: '{connection} 又有回调了',
    },
    'outbox-stuck': {
      raised: '{robot} 的发件箱没有进展（{waiting} 个任务在等待）',
      hint: '请查看任务页和网关连接。',
      over: '{robot} 的发件箱恢复了进展',
    },
    'way-down': {
      raised: '{way}不通，平台的回调进不来',
      hint: '恢复之前收不到新消息；请查看“设置”中的运行信息。',
      over: '{way}已恢复',
    },
    'disk-low': {
      raised: '磁盘快满了（剩余 {free}）',
      hint: '写满后将不再确认回调；请清理空间。',
      over: '磁盘空间已恢复',
    },
  },
  en: {
    'robot-banned': {
      raised: '{robot} is banned',
      hint: 'Its messages stay in the outbox; settle it with the platform.',
      over: '{robot} is no longer banned',
    },
    'robot-limited': {
      raised: '{robot} is limited ({codes})',
      hint: 'What the limits forbid waits; the robots page tells why.',
      over: '{robot} is no longer limited',
    },
    'robot-offline': {
      raised: '{robot} is offline',
      hint: 'Its messages cannot arrive, and what is sent waits; log it in again.',
      over: '{robot} is online again',
    },
    'callbacks-silent': {
      raised: 'No callback of {connection} for {silent}',
      hint: 'Its robots are online, and at this hour it is usually silent for {usual} at most; check callback URL and network.',
      over: '{connection} receives callbacks again',
    },
    'outbox-stuck': {
      raised: 'The outbox of {robot} does not move ({waiting} waiting)',
      hint: 'Look at the activity page and at the connection to the gateway.',
      over: 'The outbox of {robot} moves again',
    },
    'way-down': {
      raised: '{way} is down: no callback can get in',
      hint: 'Until it is back no message arrives; see what runs here in the settings.',
      over: '{way} is up again',
    },
    'disk-low': {
      raised: 'The disk is nearly full ({free} left)',
      hint: 'Once it is full no callback is acknowledged; free some space.',
      over: 'There is room on the disk again',
    },
  },
}

/** What tells nothing of anybody, for a screen that is locked. */
export const alarmInGeneral: Readonly<Record<Locale, Readonly<Record<AlarmPhase, string>>>> = {
  'zh-CN': { raised: '有情况需要留意', over: '一项异常已解除' },
  en: { raised: 'Something needs attention', over: 'A trouble is over' },
}

const listener: Readonly<Record<Locale, string>> = { 'zh-CN': '回调监听', en: 'The callback listener' }

/** `25 min`, `3 h`, `3.5 h` */
function span(ms: number, locale: Locale): string {
  const minutes = Math.max(1, Math.round(ms / 60_000))
  if (minutes < 120) return locale === 'en' ? `${minutes} min` : `${minutes} 分钟`
  const hours = Math.round(minutes / 30) / 2
  return locale === 'en' ? `${hours} h` : `${hours} 小时`
}

const size = (bytes: number): string => `${Math.max(0, Math.round(bytes / 1024 ** 2))} MB`

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

export interface AlarmSaying {
  readonly message: string
  /** What it means and what to do; empty when it is over. */
  readonly hint: string
}

/**
 * @param connection what to call the connection, where its name may not be told
 */
export function sayAlarm(
  alarm: Pick<Alarm, 'kind' | 'robot' | 'connection' | 'detail'>,
  phase: AlarmPhase,
  locale: Locale,
  connection = alarm.connection?.name ?? '',
): AlarmSaying {
  const { detail, robot } = alarm
  const way = String(detail['way'] ?? '')
  const params = {
    robot: robot ? robot.name || robot.serialNo : '',
    connection,
    codes: String(detail['codes'] ?? ''),
    waiting: numberOf(detail['waiting']),
    silent: span(numberOf(detail['silentMs']), locale),
    usual: span(numberOf(detail['usualMs']), locale),
    way: way === 'listener' ? listener[locale] : way,
    free: size(numberOf(detail['freeBytes'])),
  }
  const { raised, hint, over } = words[locale][alarm.kind]
  return phase === 'raised'
    ? { message: fill(raised, params), hint: fill(hint, params) }
    : { message: fill(over, params), hint: '' }
}
