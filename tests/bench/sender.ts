/**
 * `sender.ts <folder> <gateway> <robots> <first> <count>`: the engine as a process of its own that sends messages of so
 * many robots, one message at a time each, to a platform that answers at once: first some, then those that count. Prints
 * what both took, as {@link Sent}.
 */
import { unpaced } from '#shared/contract/entries/pace.ts'
import type { Engine } from '#engine/types.ts'
import { addConnection, call, openEngine } from './engine.ts'
import { threadTimes } from './thread-times.ts'

/** What a number of sends took. */
export interface Sent {
  /** Sends a second, from the first that is written to the last that is accepted. */
  perSecond: number
  /** Processor time of the whole process for one, in microseconds. */
  cpu: number
  /** The same of its threads, by name; empty where the system does not tell. */
  threads: Readonly<Record<string, number>>
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

async function send(engine: Engine, robots: readonly string[], count: number): Promise<Sent> {
  const done = acceptedSends(engine, count)
  const before = { at: performance.now(), cpu: process.cpuUsage(), threads: threadTimes() }
  await Promise.all(
    robots.map(async (robotId) => {
      for (let n = 0; n < count / robots.length; n += 1) {
        const peer = { kind: 'friend', id: `u${n % 20}` }
        await call(engine, 'messages.send', { robotId, peer, type: 'text', content: `发货了,单号 ${n}` })
      }
    }),
  )
  await done
  const took = performance.now() - before.at
  const { user, system } = process.cpuUsage(before.cpu)
  const threads = Object.entries(threadTimes()).map(([name, time]): [string, number] => [
    name,
    (time - (before.threads[name] ?? 0)) / count,
  ])
  return { perSecond: (count / took) * 1000, cpu: (user + system) / count, threads: Object.fromEntries(threads) }
}

const [, , dir = '', gateway = '', robots = '1', first = '0', count = '0'] = process.argv
const engine = await openEngine(dir)
await call(engine, 'settings.set', { pace: unpaced })
await addConnection(engine, gateway)
const { items } = await call<{ items: { id: string; connectionId: string }[] }>(engine, 'robots.list', {})
const ids = items.map(({ id }) => id)
for (let n = ids.length; n < Number(robots); n += 1) {
  const connectionId = items[0]?.connectionId
  const added = await call<{ id: string }>(engine, 'robots.add', { connectionId, serialNo: `2${n}` })
  ids.push(added.id)
}
const cold = await send(engine, ids, Number(first))
const warm = await send(engine, ids, Number(count))
console.log(JSON.stringify({ cold, warm }))
await engine.stop()
process.exit()
