/** What the desktop says of alarms: in the operator's language, and nothing of anybody while it is locked. */
import { describe, expect, it } from 'vitest'
import { followAlarms, noticeOf, type AlarmNotice } from '../../../electron/desktop/alarms.ts'
import type { Alarm } from '../../../shared/contract/entries/watch.ts'
import type { ContractEvent } from '../../../shared/contract/events.ts'

const alarm: Alarm = {
  id: '1',
  kind: 'robot-banned',
  robot: { id: '7', serialNo: '880001', name: '林先生门店' },
  connection: { id: '1', name: '总店' },
  detail: {},
  raisedAt: 1,
  endedAt: null,
  seenAt: null,
}

describe('a notification', () => {
  it('says what is the matter, and when it is over', () => {
    expect(noticeOf({ phase: 'raised', alarm }, 'zh-CN', false)).toEqual({
      title: '林先生门店 已被封禁',
      body: '它的消息留在发件箱里；请在平台处理。',
    })
    expect(noticeOf({ phase: 'over', alarm }, 'en', false)).toEqual({
      title: '林先生门店 is no longer banned',
      body: '',
    })
  })
  it('names nobody while locked', () => {
    for (const locale of ['zh-CN', 'en'] as const) {
      for (const phase of ['raised', 'over'] as const) {
        expect(JSON.stringify(noticeOf({ phase, alarm }, locale, true))).not.toMatch(/林先生|880001|总店/)
      }
    }
  })
})

describe('following', () => {
  it('tells where nobody looks at the window, in the operator’s language', () => {
    let hear: (events: readonly ContractEvent[]) => void = () => {}
    const shown: AlarmNotice[] = []
    const state: { isLocked: boolean; isLookedAt: boolean; language: 'en' | 'zh-CN' } = {
      isLocked: false,
      isLookedAt: false,
      language: 'en',
    }
    const end = followAlarms({
      onEvents: (listener) => {
        hear = listener
        return () => (hear = () => {})
      },
      isLocked: () => state.isLocked,
      isLookedAt: () => state.isLookedAt,
      language: () => state.language,
      notify: (notice) => shown.push(notice),
    })
    const told = (): string | undefined => {
      shown.length = 0
      hear([{ event: 'watch.told', data: { phase: 'raised', alarm } }])
      return shown[0]?.title
    }
    expect(told()).toBe('林先生门店 is banned')
    state.isLookedAt = true
    expect(told()).toBeUndefined()
    // Whoever sits at a locked window sees nothing in it.
    state.isLocked = true
    expect(told()).toBe('Switchboard')
    state.language = 'zh-CN'
    expect(told()).toBe('总机')
    end()
    expect(told()).toBeUndefined()
  })
})
