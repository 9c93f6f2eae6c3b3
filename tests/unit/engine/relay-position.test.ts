/** What a host remembers of its robots at a relay: whoever slept longer than the stream keeps is told, whatever its clock says. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Position, type Gap } from '#engine/reach/relay/position.ts'

const day = 86_400_000
let kept: unknown
let gaps: Gap[]
const open = async (keptDays: number): Promise<Position> => {
  const position = new Position({
    read: () => Promise.resolve(kept),
    write: (value) => Promise.resolve((kept = structuredClone(value))),
    gap: (gap) => void gaps.push(gap),
  })
  await position.begin(keptDays)
  return position
}
beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date'] })
  kept = null
  gaps = []
})
afterEach(() => {
  vi.useRealTimers()
})

it('a host that slept longer than the stream keeps is told from when to when', async () => {
  const at = Date.now()
  await (await open(14)).noteDrained(['a'], at)
  vi.setSystemTime(at + 20 * day)
  await open(14)
  expect(gaps).toMatchObject([{ from: at, to: at + 6 * day }])
})

it('a clock that was a year ahead for a while hides no later gap', async () => {
  const at = Date.now()
  await (await open(14)).noteDrained(['a'], at + 365 * day)
  await open(14)
  expect(gaps).toEqual([])
  vi.setSystemTime(at + 20 * day)
  // What was written while it was ahead counts as of when it was right again.
  await (await open(14)).noteDrained([], at)
  expect(gaps).toMatchObject([{ from: at }])
})

it('a robot that is no longer this host’s is no longer told of', async () => {
  const at = Date.now()
  const position = await open(14)
  await position.noteDrained(['a'], at)
  await position.forget('a')
  vi.setSystemTime(at + 20 * day)
  await open(14)
  expect(gaps).toEqual([])
})
