/** The intake: what waits shares commits, nobody is left waiting, and one bad body holds up no other. */
import { describe, expect, it } from 'vitest'
import { Intake, type Delivered } from '#engine/reach/relay/intake.ts'
import type { ArrivedCallback } from '#engine/store/arrived.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

interface Told {
  readonly kept: string[]
  readonly again: { text: string; ms: number }[]
}

function delivered(text: string, told: Told, attempt = 1): Delivered {
  const body = { connectionId: 1, at: 0, contentType: null, raw: Buffer.from(text) }
  return {
    body,
    attempt,
    kept: () => told.kept.push(text),
    again: (ms) => told.again.push({ text, ms }),
  }
}

const textOf = ({ raw }: ArrivedCallback): string => Buffer.from(raw).toString()

function intake(keep: (texts: string[]) => Promise<unknown>) {
  const told: Told = { kept: [], again: [] }
  const health: (string | null)[] = []
  const made = new Intake({
    keep: (arrived) => keep(arrived.map(textOf)),
    arrived: () => {},
    health: (error) => health.push(error?.message ?? null),
    log: silent,
  })
  return { intake: made, told, health }
}

describe('the intake of what comes by a relay', () => {
  it('makes those wait who bring more than it has room for, and forgets none of them', async () => {
    const gate = Promise.withResolvers<undefined>()
    let commits = 0
    const { intake: made, told } = intake(() => {
      commits += 1
      return gate.promise
    })
    // Each brings its next one when there is room, as the consumers of many robots do.
    const count = 1000
    const robots = Array.from({ length: 8 }, async (_, robot) => {
      for (let index = 0; index < count; index += 1) await made.take(delivered(`${robot} ${index}`, told))
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(commits).toBe(1)
    gate.resolve(undefined)
    await Promise.all(robots)
    await made.settled()
    expect(told.kept).toHaveLength(8 * count)
    expect(new Set(told.kept).size).toBe(8 * count)
    expect(told.again).toEqual([])
  })

  it('keeps what came with a body that cannot be kept, and sends that one back for ever longer', async () => {
    const {
      intake: made,
      told,
      health,
    } = intake((texts) => (texts.includes('poison') ? Promise.reject(new Error('no')) : Promise.resolve()))
    for (const text of ['a', 'poison', 'b', 'c']) void made.take(delivered(text, told))
    await made.settled()
    expect(told.kept).toEqual(['a', 'b', 'c'])
    expect(told.again).toEqual([{ text: 'poison', ms: 5000 }])
    for (const attempt of [2, 5, 50]) void made.take(delivered('poison', told, attempt))
    await made.settled()
    expect(told.again.slice(1).map(({ ms }) => ms)).toEqual([10_000, 80_000, 300_000])
    await made.take(delivered('d', told))
    await made.settled()
    expect(health.at(-1)).toBeNull()
  })

  it('sends all back without trying each when the store is in trouble, and says when it no longer is', async () => {
    let isBroken = true
    let tries = 0
    const {
      intake: made,
      told,
      health,
    } = intake(() => {
      tries += 1
      return isBroken ? Promise.reject(new Error('disk full')) : Promise.resolve()
    })
    for (let index = 0; index < 300; index += 1) void made.take(delivered(String(index), told))
    await made.settled()
    expect(tries).toBe(4)
    expect(told.again).toHaveLength(300)
    expect(health).toContain('disk full')
    isBroken = false
    await made.take(delivered('now', told))
    await made.settled()
    expect(told.kept).toEqual(['now'])
    expect(health.at(-1)).toBeNull()
  })
})
