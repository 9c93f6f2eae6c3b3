/**
 * `loop-server.ts <folder>`: the engine on a data folder with a history, as a process of its own that watches its own
 * event loop. Prints `{"url"}` when ready; the parent then says what to watch it under ({@link Watch}).
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { addConnection, call, openEngine } from './engine.ts'

/** What the parent asks for. */
export interface Watch {
  seconds: number
  /** Whether searches, exports and backups run meanwhile, one after another each. */
  busy: boolean
}

/** What the process found. */
export interface Watched {
  /** Delay of the event loop in milliseconds, at the 99th percentile, and the longest. */
  p99: number
  longest: number
  searches: number
  exported: number
  backups: number
  /** Resident memory after each tenth of the time, in megabytes. */
  megabytes: number[]
}

/** How finely the loop is watched, in milliseconds; a loop that does nothing shows about this much. */
const resolution = 1

const engine = await openEngine(process.argv[2] ?? '')
const url = await addConnection(engine)
// A window listens: what it is told is made into text, as for a browser.
let told = 0
engine.onEvents((events) => {
  told += JSON.stringify(events).length
})

const words = ['库存', '发货', '发票', '退换', '优惠', '快递']

async function watch({ seconds, busy }: Watch): Promise<Watched> {
  const end = performance.now() + seconds * 1000
  const found = { searches: 0, exported: 0, backups: 0 }
  const search = async (): Promise<void> => {
    while (performance.now() < end) {
      await call(engine, 'messages.search', { query: words[found.searches % words.length] })
      found.searches += 1
      await pause(20)
    }
  }
  const exportAll = async (): Promise<void> => {
    const conversation = { robotId: '1', peer: { kind: 'friend', id: 'u0' }, format: 'html', timeZone: 'UTC' }
    let cursor: string | undefined
    while (performance.now() < end) {
      const piece = await call<{ messages: number; nextCursor: string | null }>(engine, 'conversations.export', {
        ...conversation,
        cursor,
      })
      found.exported += piece.messages
      cursor = piece.nextCursor ?? undefined
    }
  }
  const backUp = async (): Promise<void> => {
    while (performance.now() < end) {
      const { name } = await call<{ name: string }>(engine, 'system.backup', {})
      await call(engine, 'backups.remove', { name })
      found.backups += 1
    }
  }
  const megabytes: number[] = []
  const remember = async (): Promise<void> => {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      await pause(seconds * 100)
      megabytes.push(Math.round(process.memoryUsage.rss() / 1e6))
    }
  }
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  await Promise.all([remember(), ...(busy ? [search(), exportAll(), backUp()] : [])])
  delay.disable()
  return { p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6, ...found, megabytes }
}

process.on('message', (message) => {
  void watch(message as Watch).then((watched) => process.send?.(watched))
})
console.log(JSON.stringify({ url, told }))
