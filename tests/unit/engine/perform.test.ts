/** A fault of ours: before the request went out nothing was sent, after it nobody knows. */
import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { advancedSchema } from '#shared/contract/entries/connections.ts'
import { perform } from '#engine/outbox/perform.ts'
import type { Claim } from '#engine/store/turns.ts'
import { silentLog } from '../../support/fake-engine.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const claim: Claim = {
  ...{ operationId: 7, kind: 'send', robotId: 1, connectionId: 1, robotSerialNo: 'r1', input: {}, paced: null },
  peer: { kind: 'friend', id: 'f1' },
  part: { id: 3, messageId: 9, type: 'text', content: 'hello' },
}
const connection = {
  ...{ id: 1, name: 'c', gatewayUrl: 'http://127.0.0.1:1', appId: 'a', merchantNo: 'm', methodPrefix: 'p' },
  advanced: advancedSchema.parse({}),
}

const performing = (key: () => Promise<typeof privateKey>, post: () => Promise<never>) =>
  perform(
    {
      ...{ vault: {}, passwords: new Map(), pictures: {}, log: silentLog },
      connections: { get: () => connection, key },
      transport: { post },
    } as never,
    claim,
  )

it('that comes before the request is tried again, like what did not leave this machine', async () => {
  let posted = 0
  const found = await performing(
    () => Promise.reject(new Error('the reader is gone')),
    async () => {
      posted += 1
      throw new Error('not reached')
    },
  )
  expect(found).toMatchObject({ call: null, outcome: { kind: 'not-sent', failure: { code: 'internal' } } })
  expect(posted).toBe(0)
})

it('that comes after it is none that is tried again', async () => {
  const fails = (): Promise<never> => Promise.reject(new Error('in the middle of it'))
  await expect(performing(() => Promise.resolve(privateKey), fails)).rejects.toThrow('in the middle of it')
})
