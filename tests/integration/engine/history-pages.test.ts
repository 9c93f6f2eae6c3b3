/** A history read from its end, from a message on, and around a place: nothing is left out, nothing comes twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EntryInput, EntryResult } from '#shared/contract/index.ts'
import { isRead, until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

type Page = EntryResult<'messages.page'>
type Message = Page['items'][number]

const peer = friend('u1')
const count = 60
/** Seconds UTC of the first message. */
const first = 1_790_000_000
/** Some share a second: then the id decides. */
const sentAt = (n: number): number => (first + Math.floor(n / 3)) * 1000

let office: EngineOffice
let robot: RobotHandle
/** Oldest first. */
let history: Message[]

beforeAll(async () => {
  office = await openEngineOffice()
  robot = await office.robot()
  const body = (n: number) =>
    robot.old(1005, {
      FromUserId: 'u1',
      Content: `m${n}`,
      nPlatformMsgType: '10',
      nMsgType: '0',
      dtMsgTime: String(sentAt(n) / 1000),
    })
  for (let n = 0; n < count; n++) await office.desk.post(office.callbackUrl, JSON.stringify(body(n)))
  await until('all to be read', async () => {
    const { items } = await office.desk.call('callbacks.list', { state: 'pending', limit: 500 })
    return items.every(isRead)
  })
  history = (await robot.history(peer)).reverse()
})
afterAll(() => office.close())

const page = (input: Partial<EntryInput<'messages.page'>>): Promise<Page> =>
  office.desk.call('messages.page', { robotId: robot.id, peer, limit: 7, ...input })
const ids = (items: Message[]): string[] => items.map(({ id }) => id)
const newestFirst = (items: Message[]): string[] => ids(items).reverse()

/** Everything that can be reached from a page, oldest first. */
async function reachable(from: Page): Promise<string[]> {
  const found = [...from.items].reverse()
  for (let older = from.nextCursor !== null; older;) {
    const oldest = found[0]!
    const next = await page({ from: { sentAt: oldest.sentAt, id: oldest.id } })
    expect(next.newer).toBe(true)
    found.unshift(...next.items.reverse())
    older = next.nextCursor !== null
  }
  for (let newer = from.newer; newer;) {
    const newest = found.at(-1)!
    const next = await page({ from: { sentAt: newest.sentAt, id: newest.id }, towards: 'newer' })
    expect(next.nextCursor).not.toBeNull()
    found.push(...next.items.reverse())
    newer = next.newer
  }
  return ids(found)
}

describe('a page of a history', () => {
  it('without a place is the newest, and nothing is newer', async () => {
    const newest = await page({})
    expect(ids(newest.items)).toEqual(newestFirst(history.slice(-7)))
    expect(newest).toMatchObject({ newer: false, anchorId: null })
  })

  it.each([1, 2, 7, 500])('around any message, %i at a time, leads to every other, both ways', async (limit) => {
    for (const at of [0, 1, 29, 58, 59]) {
      const { id } = history[at]!
      const around = await page({ around: { messageId: id }, limit })
      expect(around.anchorId).toBe(id)
      expect(ids(around.items)).toContain(id)
      expect(around.items.length).toBeLessThanOrEqual(limit)
      expect(await reachable(around)).toEqual(ids(history))
    }
  })

  it('around a time stands at the first message at it or after it', async () => {
    const expected = history.find((message) => message.sentAt >= sentAt(31) - 500)
    const around = await page({ around: { time: sentAt(31) - 500 } })
    expect(around.anchorId).toBe(expected?.id)
    expect(await reachable(around)).toEqual(ids(history))
    // After the last one there is none: then it is the end.
    const end = await page({ around: { time: sentAt(count) + 1000 } })
    expect(ids(end.items)).toEqual(newestFirst(history.slice(-7)))
    expect(end).toMatchObject({ newer: false, anchorId: null })
  })

  it('around the first unread one, and at the end where nothing is unread', async () => {
    expect(await page({ around: { unread: true } })).toMatchObject({ anchorId: history[0]?.id })
    await office.desk.call('conversations.read', { robotId: robot.id, peer })
    expect(await page({ around: { unread: true } })).toMatchObject({ anchorId: null, newer: false })
    const more = robot.old(1005, {
      FromUserId: 'u1',
      Content: 'late',
      nPlatformMsgType: '10',
      dtMsgTime: String(first),
    })
    await robot.deliver(more)
    const all = await robot.history(peer)
    const late = all.find((message) => message.content === 'late')
    const around = await page({ around: { unread: true } })
    // It came last, with an old time: it stands where its time says.
    expect(around).toMatchObject({ anchorId: late?.id, newer: true })
    expect(await reachable(around)).toEqual(newestFirst(all))
  })

  it('goes on from a message that is gone', async () => {
    const { sentAt: at } = history[10]!
    const next = await page({ from: { sentAt: at, id: '1' }, towards: 'newer', limit: 500 })
    expect(next.items.every((message) => message.sentAt >= at)).toBe(true)
    expect(next.newer).toBe(false)
  })

  it('says that a message is not of the conversation', async () => {
    const other = friend('u2')
    const { messageId } = await robot.send(other, 'x')
    for (const input of [
      { peer, around: { messageId } },
      { peer: friend('nobody'), around: { messageId } },
    ]) {
      expect(await office.desk.refusal('messages.page', { robotId: robot.id, ...input })).toMatchObject({
        code: 'not-found',
      })
    }
  })
})
