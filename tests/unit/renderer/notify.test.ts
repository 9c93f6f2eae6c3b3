import { expect, test } from 'vitest'
import { settingsSchema } from '#shared/contract/entries/system.ts'
import { calls, isQuiet, type Surroundings } from '#shared/notify-rules.ts'

const at = (hour: number, minute = 0): Date => new Date(2026, 10, 24, hour, minute)
const now = at(14)
const around: Surroundings = {
  settings: settingsSchema.parse({}),
  conversation: { muted: false, hidden: false },
  robotMuted: false,
  isWatched: false,
  now,
}
const theirs = { direction: 'in' as const, sentAt: now.getTime() - 1000 }

test('a message of theirs calls', () => {
  expect(calls(theirs, around)).toBe(true)
  expect(calls(theirs, { ...around, conversation: undefined })).toBe(true)
})

test('ours does not, nor one from long ago, nor one that is being looked at', () => {
  expect(calls({ ...theirs, direction: 'out' }, around)).toBe(false)
  expect(calls({ ...theirs, sentAt: now.getTime() - 3_600_000 }, around)).toBe(false)
  expect(calls(theirs, { ...around, isWatched: true })).toBe(false)
})

test('what is muted, hidden or switched off stays silent', () => {
  expect(calls(theirs, { ...around, robotMuted: true })).toBe(false)
  expect(calls(theirs, { ...around, conversation: { muted: true, hidden: false } })).toBe(false)
  expect(calls(theirs, { ...around, conversation: { muted: false, hidden: true } })).toBe(false)
  expect(calls(theirs, { ...around, settings: { ...around.settings, notifications: false } })).toBe(false)
})

test('quiet hours go over midnight, and end', () => {
  const night = { quietHours: true, quietFrom: 22 * 60, quietTo: 8 * 60 }
  expect([at(21, 59), at(22), at(3), at(7, 59), at(8)].map((time) => isQuiet(night, time))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
  const noon = { quietHours: true, quietFrom: 12 * 60, quietTo: 13 * 60 }
  expect([at(11, 59), at(12), at(13)].map((time) => isQuiet(noon, time))).toEqual([false, true, false])
  expect(isQuiet({ ...night, quietHours: false }, at(3))).toBe(false)
  expect(isQuiet({ quietHours: true, quietFrom: 60, quietTo: 60 }, at(1))).toBe(false)
})
