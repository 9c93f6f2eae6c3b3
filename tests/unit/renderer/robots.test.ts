/** Pure helpers of the robots screens. */
import { describe, expect, it } from 'vitest'
import { paceSchema } from '#shared/contract/entries/pace.ts'
import { troubleOf } from '@/features/robots/login-trouble.ts'
import { draftOf, readPace } from '@/features/robots/pace-draft.ts'
import { sentToday } from '@/features/robots/pace-words.ts'
import { readPasted } from '@/features/robots/pasted.ts'

describe('a pasted list', () => {
  it.each([
    ['1001\n1002\r\n\n 1003 ', ['1001', '1002', '1003']],
    ['1001,1002,1003', ['1001', '1002', '1003']],
    ['1001\n1001', ['1001']],
    ['', []],
  ])('%j holds %j', (text, numbers) => {
    expect(readPasted(text).map((robot) => robot.serialNo)).toEqual(numbers)
  })
  it('may name the robots', () => {
    expect(readPasted('1001 Night shift\n9007199254740993001\t夜班')).toEqual([
      { serialNo: '1001', name: 'Night shift' },
      { serialNo: '9007199254740993001', name: '夜班' },
    ])
  })
})

describe('what stopped a log-in', () => {
  const failed = (reason: string) => ({ code: 'login-failed' as const, params: { reason } })
  it.each([
    [failed('用户名或密码错误'), 'password', 'wrongPassword'],
    [failed('二维码已过期'), 'qr', 'expired'],
    [failed('用户拒绝登录'), 'qr', 'refused'],
    [failed('验证码错误次数过多'), 'password', 'wrongCode'],
    [failed('something else'), 'qr', 'other'],
    [failed('robot 1 was never logged in here (50010)'), 'cached', 'noCache'],
    [{ code: 'platform-refused', params: { reason: 'a log-in of robot 1 is under way (50009)' } }, 'qr', 'underWay'],
    [{ code: 'timed-out', params: { seconds: 120 } }, 'qr', 'noAnswer'],
    [{ code: 'gateway-unreachable', params: { problem: 'x' } }, null, 'unreachable'],
  ] as const)('%j by %s is %s', (error, method, trouble) => {
    expect(troubleOf(error, method)).toBe(trouble)
  })
})

describe('a pace as it is typed', () => {
  it('keeps only what is its own, gaps in seconds', () => {
    const draft = draftOf({ perDay: 50, gapMs: 1500, quietHours: { from: '22:00', to: '07:00' } })
    expect(draft.numbers).toMatchObject({ perDay: '50', gapMs: '1.5', perMinute: '' })
    expect(readPace(draft)).toEqual({
      pace: { perDay: 50, gapMs: 1500, quietHours: { from: '22:00', to: '07:00' } },
      faults: [],
    })
  })
  it('names what cannot be taken', () => {
    const draft = draftOf({})
    draft.numbers.perMinute = '-1'
    draft.numbers.gapMs = 'x'
    draft.quiet = 'own'
    draft.to = draft.from
    expect(readPace(draft)).toEqual({ pace: {}, faults: ['perMinute', 'gapMs', 'quietHours'] })
  })
  it('counts what was sent today, until the day ends', () => {
    const all = paceSchema.parse({})
    const today = { sent: 126, friendRequests: 0, endsAt: 1000 }
    expect(sentToday({ today, pace: {} }, all, 999)).toBe('126 / 600')
    expect(sentToday({ today, pace: {} }, all, 1000)).toBe('0 / 600')
    expect(sentToday({ today, pace: { perDay: 0 } }, all, 999)).toBe('126')
  })
})
