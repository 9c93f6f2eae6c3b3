/** Messages through outbox and client to a platform that answers at once, beside signing alone. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unpaced } from '#shared/contract/entries/pace.ts'
import type { Engine } from '#engine/types.ts'
import { addConnection, call, openEngine } from './engine.ts'
import { withServer } from './load.ts'
import { row, type Row } from './rows.ts'

/** Robots that send beside each other, one message at a time each. */
const concurrency = 16

/** Signatures a second, as many at a time as robots send. */
async function signing(count: number): Promise<number> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const text = Buffer.from('x'.repeat(600))
  const signed = promisify<string, Buffer, typeof privateKey, Buffer>(sign)
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let n = 0; n < count / concurrency; n += 1) await signed('sha256', text, privateKey)
    }),
  )
  return (count / (performance.now() - begun)) * 1000
}

/** Resolves when so many sends were accepted. */
const acceptedSends = (engine: Engine, count: number): Promise<void> =>
  new Promise((resolve) => {
    let accepted = 0
    const stop = engine.onEvents((events) => {
      for (const { event, data } of events) {
        if (event === 'operation.changed' && data.kind === 'send' && data.state === 'accepted') accepted += 1
      }
      if (accepted < count) return
      stop()
      resolve()
    })
  })

/** Messages a second from the first that is written to the last that is accepted. */
const sending = (count: number): Promise<number> =>
  withServer('platform', async (_child, url) => {
    const dir = mkdtempSync(join(tmpdir(), 'switchboard-sends-'))
    const engine = await openEngine(dir)
    try {
      await call(engine, 'settings.set', { pace: unpaced })
      await addConnection(engine, new URL('/', url).href)
      const { items } = await call<{ items: { id: string; connectionId: string }[] }>(engine, 'robots.list', {})
      const ids = items.map(({ id }) => id)
      for (let n = ids.length; n < concurrency; n += 1) {
        const connectionId = items[0]?.connectionId
        const added = await call<{ id: string }>(engine, 'robots.add', { connectionId, serialNo: `2${n}` })
        ids.push(added.id)
      }
      const done = acceptedSends(engine, count)
      const begun = performance.now()
      await Promise.all(
        ids.map(async (robotId) => {
          for (let n = 0; n < count / concurrency; n += 1) {
            const peer = { kind: 'friend', id: `u${n % 20}` }
            await call(engine, 'messages.send', { robotId, peer, type: 'text', content: `发货了,单号 ${n}` })
          }
        }),
      )
      await done
      return (count / (performance.now() - begun)) * 1000
    } finally {
      await engine.stop()
      rmSync(dir, { recursive: true, force: true })
    }
  })

export async function sends(quick: boolean): Promise<Row[]> {
  const count = concurrency * (quick ? 100 : 400)
  const limit = await signing(count)
  const engine = await sending(count)
  return [row('signed sends/s, outbox to platform', 'signing on the thread pool', engine, limit, '>= 0.6')]
}
