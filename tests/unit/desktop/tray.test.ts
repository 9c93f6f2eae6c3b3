/** What the tray shows: unread conversations, what the watch found, and nothing of anybody while it is locked. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  followTray,
  robotLine,
  trayFile,
  trayMenu,
  trayView,
  type TrayView,
} from '../../../electron/desktop/tray-view.ts'
import { robotSchema, type Robot } from '../../../shared/contract/entries/robots.ts'
import type { Alarm } from '../../../shared/contract/entries/watch.ts'
import type { ContractEvent } from '../../../shared/contract/events.ts'

const robot = (id: string, unread: number, muted = false): Robot => {
  const never = { stateSince: null, lastActiveAt: null, lastInAt: null, lastOutAt: null, today: null, relogin: null }
  const plain = { name: '林先生门店', state: 'online', stateReason: '', limits: [], loginMethod: null, pace: {} }
  const place = { connectionId: '1', serialNo: '880001', createdAt: 1, color: 0, folder: '', position: 0, waiting: 0 }
  return robotSchema.parse({ id, unread, muted, held: null, reloginFromCache: false, ...never, ...plain, ...place })
}
const alarm = (id: string): Alarm => ({
  id,
  kind: 'robot-banned',
  robot: { id: '7', serialNo: '880001', name: `Shop & Co ${id}` },
  connection: { id: '1', name: '总店' },
  detail: {},
  raisedAt: 1,
  endedAt: null,
  seenAt: null,
})
const subject = (robots: Robot[], alarms: Alarm[] = []) => ({
  robots: new Map(robots.map((one) => [one.id, one])),
  alarms,
})

describe('the tray', () => {
  it('is calm where nothing is unread and nothing is the matter', () => {
    expect(trayView(subject([robot('1', 0)]), 'en', false)).toEqual({
      picture: 'calm',
      tooltip: 'Switchboard\nNothing unread\nRobots: online 1',
      title: '',
      badge: 0,
      lines: ['Nothing unread', 'Robots: online 1'],
    })
  })
  it('counts as the window does: muted robots call nobody', () => {
    const view = trayView(subject([robot('1', 2), robot('2', 3), robot('3', 9, true)]), 'zh-CN', false)
    expect(view).toMatchObject({
      picture: 'unread',
      title: '5',
      badge: 5,
      tooltip: '总机\n5 个会话未读\n机器人：在线 3',
    })
  })
  it('names what the watch found, and how much more there is', () => {
    const all = ['1', '2', '3', '4', '5', '6', '7'].map(alarm)
    const { picture, lines, tooltip } = trayView(subject([robot('1', 1)], all), 'en', false)
    expect(picture).toBe('attention')
    expect(lines).toHaveLength(8)
    expect(lines[1]).toBe('Robots: online 1')
    expect(lines[2]).toBe('Shop & Co 1 is banned')
    expect(lines.at(-1)).toBe('2 more')
    expect(tooltip.split('\n')).toEqual(['Switchboard', 'Unread conversations: 1', 'Shop & Co 1 is banned', '6 more'])
  })
  it('counts robots by their states, and says nothing of states that none is in', () => {
    const online = { state: 'online' } as const
    expect(robotLine([online, { state: 'banned' }, online, { state: 'offline' }], 'en')).toBe(
      'Robots: online 2, offline 1, banned 1',
    )
    expect(robotLine([{ state: 'logging-in' }, { state: 'limited' }], 'zh-CN')).toBe('机器人：登录中 1、受限 1')
    expect(robotLine([], 'en')).toBe('')
  })
  it('says nothing of anybody while locked, not even how much is unread', () => {
    for (const locale of ['zh-CN', 'en'] as const) {
      const view = trayView(subject([robot('1', 4)], [alarm('1')]), locale, true)
      expect(JSON.stringify(view)).not.toMatch(/Shop|林先生|880001|总店|4/)
      expect(view).toMatchObject({ picture: 'attention', badge: 0, title: '' })
    }
    expect(trayView(subject([robot('1', 4)]), 'en', true).picture).toBe('calm')
  })
  it('opens the window and quits from its menu, and shows an ampersand as one', () => {
    let opened = 0
    const items = trayMenu(trayView(subject([], [alarm('1')]), 'en', false), 'en', () => (opened += 1))
    expect(items.map(({ label, role, enabled }) => [label, role, enabled])).toEqual([
      ['Nothing unread', undefined, false],
      ['Shop && Co 1 is banned', undefined, false],
      [undefined, undefined, undefined],
      ['Open Switchboard', undefined, undefined],
      ['Quit Switchboard', 'quit', undefined],
    ])
    const open = items.find(({ label }) => label === 'Open Switchboard')
    ;(open?.click as unknown as () => void)()
    expect(opened).toBe(1)
  })
  it('has every picture that it shows, in both sizes', () => {
    for (const picture of ['calm', 'unread', 'attention'] as const) {
      for (const platform of ['darwin', 'win32', 'linux'] as const) {
        const file = join(import.meta.dirname, '../../../resources/tray', trayFile(picture, platform))
        expect(existsSync(file) && existsSync(file.replace('.png', '@2x.png')), file).toBe(true)
      }
    }
  })
})

describe('following', () => {
  it('shows what changes, and nothing twice', async () => {
    let hear: (events: readonly ContractEvent[]) => void = () => {}
    const shown: TrayView[] = []
    const state: { isLocked: boolean; language: 'en' | 'zh-CN'; alarms: Alarm[] } = {
      isLocked: false,
      language: 'en',
      alarms: [],
    }
    const tray = followTray({
      onEvents: (listener) => {
        hear = listener
        return () => (hear = () => {})
      },
      load: () => Promise.resolve({ robots: [robot('1', 1), robot('2', 1)], alarms: state.alarms }),
      isLocked: () => state.isLocked,
      language: () => state.language,
      show: (view) => shown.push(view),
    })
    const badges = (): number[] => shown.splice(0).map(({ badge }) => badge)
    await Promise.resolve()
    await Promise.resolve()
    expect(badges()).toEqual([0, 2])
    hear([{ event: 'robot.changed', data: robot('1', 3) }])
    hear([{ event: 'robot.changed', data: { ...robot('1', 3), waiting: 5 } }])
    hear([{ event: 'robot.removed', data: { id: '2' } }])
    expect(badges()).toEqual([4, 3])
    hear([{ event: 'watch.changed', data: { alarms: [alarm('1')] } }])
    expect(shown.splice(0)).toMatchObject([{ picture: 'attention' }])
    state.isLocked = true
    hear([{ event: 'lock.changed', data: {} }])
    expect(shown.splice(0)).toMatchObject([{ badge: 0, lines: ['Locked', 'Something needs attention'] }])
    state.language = 'zh-CN'
    tray.refresh()
    expect(shown.splice(0)).toMatchObject([{ lines: ['已锁定', '有情况需要留意'] }])
    state.isLocked = false
    hear([{ event: 'connection.removed', data: { id: '1' } }])
    expect(badges()).toEqual([0])
    // Other data: all is asked anew.
    hear([{ event: 'system.restarted', data: {} }])
    await Promise.resolve()
    await Promise.resolve()
    expect(badges()).toEqual([2])
    tray.end()
    hear([{ event: 'robot.changed', data: robot('1', 9) }])
    expect(badges()).toEqual([])
  })

  it('keeps what it heard while it asked, whatever the answer says, and takes the answer of the newest question', async () => {
    let hear: (events: readonly ContractEvent[]) => void = () => {}
    const badges: number[] = []
    const questions: PromiseWithResolvers<{ robots: Robot[]; alarms: Alarm[] }>[] = []
    const answer = async (at: number, robots: Robot[], alarms: Alarm[] = []): Promise<void> => {
      questions[at]?.resolve({ robots, alarms })
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    }
    followTray({
      onEvents: (listener) => {
        hear = listener
        return () => {}
      },
      load: () => {
        const question = Promise.withResolvers<{ robots: Robot[]; alarms: Alarm[] }>()
        questions.push(question)
        return question.promise
      },
      isLocked: () => false,
      language: () => 'en',
      show: ({ badge, picture }) => badges.push(picture === 'attention' ? -badge : badge),
    })
    hear([{ event: 'robot.changed', data: robot('1', 5) }])
    hear([{ event: 'robot.removed', data: { id: '2' } }])
    hear([{ event: 'watch.changed', data: { alarms: [alarm('1')] } }])
    // Read before all of that.
    await answer(0, [robot('1', 1), robot('2', 7), robot('3', 1)])
    expect(badges).toEqual([0, 5, -5, -6])
    // Other data twice: the answer about the first comes last and is of no use.
    hear([{ event: 'system.restarted', data: {} }])
    hear([{ event: 'system.restarted', data: {} }])
    await answer(2, [robot('9', 2)])
    await answer(1, [robot('1', 40)])
    expect(badges.splice(0).at(-1)).toBe(2)
    hear([{ event: 'robot.changed', data: robot('9', 3) }])
    expect(badges).toEqual([3])
  })
})
