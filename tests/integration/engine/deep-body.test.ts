/** A body that is nested ten thousand deep: whoever walks through it calls itself as often, and runs out of room. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tryParseJson } from '#engine/platform/json.ts'
import { Desk, until } from '../../support/desk.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'

let desk: Desk
let platform: FakePlatform
let callbackUrl: string

beforeEach(async () => {
  platform = await startPlatform()
  desk = await Desk.open()
  const connection = { name: 'Shop', gatewayUrl: platform.url, appId: '1', merchantNo: 'm', methodPrefix: 'xx.xx' }
  callbackUrl = (await desk.call('connections.save', connection)).callbackUrl
})
afterEach(async () => {
  await desk.close()
  await platform.close()
})

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const header = '"type":"1001","optvcMerchantId":"m","nTimeStamp":"1793000000"'

it('is kept and put aside like any other that cannot be read', async () => {
  const deep = [
    `{${header},"cache_info":1,"data":${nested(10_000)}}`,
    `{${header},"data":{"cache_info":${nested(10_000)}}}`,
    `{${header},"data":${JSON.stringify(`{"cache_info":${nested(10_000)}}`)}}`,
    '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
  ]
  const answers = await Promise.all(deep.map((body) => desk.post(callbackUrl, body)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  const states = async () => (await desk.call('callbacks.list', {})).items.map(({ state }) => state)
  await until('them to be read', async () => !(await states()).includes('pending'))
  // Without the cached log-in, which is taken out of what is kept, the second and the third say the same.
  expect((await states()).sort()).toEqual(['quarantined', 'quarantined', 'quarantined', 'repeat'])
})

it('is told from one that only looks like it', () => {
  expect(tryParseJson(nested(600))).toBeUndefined()
  expect(tryParseJson(nested(500))).toBeDefined()
  expect(tryParseJson(JSON.stringify({ text: nested(10_000), list: Array(2000).fill([1]) }))).toBeDefined()
  expect(tryParseJson(JSON.stringify({ text: `\\"${nested(10_000)}` }))).toBeDefined()
})
