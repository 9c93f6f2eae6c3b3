/** One conversation as a file: whole, in its order, and harmless to whoever opens it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvField } from '#engine/export/format.ts'
import type { ExportFormat } from '#shared/contract/entries/conversation-export.ts'
import type { EntryResult } from '#shared/contract/index.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { until } from '../../support/desk.ts'

let office: EngineOffice
let robot: RobotHandle
const hostile = '<img src=x onerror=alert(1)> & "quoted"\n=HYPERLINK("http://evil.example")'
const total = 1203

beforeAll(async () => {
  office = await openEngineOffice()
  robot = await office.robot()
  await robot.deliver(robot.young(1003, [{ vcUserId: 'u1', vcUserName: '=cmd|<b>王芳</b>' }]))
  const at = Date.UTC(2026, 0, 2, 3, 4, 5)
  const bodies = Array.from({ length: total - 1 }, (_, n) =>
    robot.old(1005, {
      FromUserId: 'u1',
      Content: n === 0 ? hostile : `message ${n}`,
      nPlatformMsgType: '10',
      dtMsgTime: String(at + n * 1000),
    }),
  )
  for (let from = 0; from < bodies.length; from += 100) {
    await Promise.all(
      bodies.slice(from, from + 100).map((body) => office.desk.post(office.callbackUrl, JSON.stringify(body))),
    )
  }
  await robot.settled((await robot.send(friend('u1'), 'ours')).operationId, 'accepted')
  await until(
    'all',
    async () => (await office.desk.call('callbacks.list', { state: 'pending', limit: 1 })).items.length === 0,
  )
})
afterAll(() => office.close())

async function file(format: ExportFormat): Promise<string> {
  let text = ''
  let cursor: string | null = null
  do {
    const piece: EntryResult<'conversations.export'> = await office.desk.call('conversations.export', {
      robotId: robot.id,
      peer: friend('u1'),
      format,
      timeZone: 'Asia/Shanghai',
      ...(cursor === null ? {} : { cursor }),
    })
    text += piece.text
    cursor = piece.nextCursor
  } while (cursor !== null)
  return text
}

describe('a conversation as', () => {
  it('JSON is all of it, oldest first', async () => {
    const { messages, peer } = JSON.parse(await file('json')) as { messages: Record<string, unknown>[]; peer: object }
    expect(messages).toHaveLength(total)
    expect(messages[0]).toMatchObject({ content: hostile, time: '2026-01-02 11:04:05', direction: 'in' })
    expect(messages.at(-1)).toMatchObject({ content: 'ours', direction: 'out', status: 'accepted' })
    expect(messages.slice(1, 4).map(({ content }) => content)).toEqual(['message 1', 'message 2', 'message 3'])
    expect(peer).toEqual({ kind: 'friend', id: 'u1', name: '=cmd|<b>王芳</b>' })
  })

  it('text has a line for each', async () => {
    const lines = (await file('text')).split('\r\n')
    expect(lines).toContain('[2026-01-02 11:04:06] =cmd|<b>王芳</b>: message 1')
    expect(lines.filter((line) => line.startsWith('['))).toHaveLength(total)
  })

  it('CSV starts no formula in a spreadsheet', async () => {
    const text = await file('csv')
    expect(text.startsWith('\ufeffTime,Direction,Sender')).toBe(true)
    // What every spreadsheet would compute.
    expect(text).toContain(`"'=cmd|<b>王芳</b>"`)
    for (const line of text.split('\r\n')) expect(line).not.toMatch(/(^|,)"?[=+@]/)
    expect(text.match(/\r\n/g)).toHaveLength(total + 1)
  })

  it.each([
    ['=1+1', `"'=1+1"`],
    ['+86 138', `"'+86 138"`],
    ['-1', `"'-1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['\t=1', `"'\t=1"`],
    ['  =1', `"'  =1"`],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['plain 你好', 'plain 你好'],
  ])('a field of CSV, %j is %s', (text, field) => {
    expect(csvField(text)).toBe(field)
  })

  it('a web page runs nothing and loads nothing', async () => {
    const text = await file('html')
    expect(text).not.toMatch(/<img|<script|<b>王/)
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;')
    expect(text).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    expect(text.match(/<p class="(in|out)">/g)).toHaveLength(total)
  })

  it('with nobody yet is an empty file of its form', async () => {
    const piece = await office.desk.call('conversations.export', {
      robotId: robot.id,
      peer: friend('new'),
      format: 'json',
      timeZone: 'no zone',
    })
    expect(JSON.parse(piece.text)).toMatchObject({ messages: [] })
    expect(piece.nextCursor).toBeNull()
  })
})
