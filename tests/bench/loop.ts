/**
 * How long the engine's event loop keeps others waiting: idle, and while callbacks arrive and a search, an export and a
 * backup run; the same on a disk that takes 30 ms for each flush. And what hours of callbacks leave behind in memory.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { messageBody } from './bodies.ts'
import { bundled } from './bundled.ts'
import { million, seededFolder } from './history.ts'
import { Lane, requestBytes } from './lane.ts'
import type { Watch, Watched } from './loop-server.ts'
import { median, row, type Row } from './rows.ts'

/** Callbacks a second while a search, an export and a backup run. */
const busyRate = 200
/** Callbacks a second of the long load. */
const steadyRate = 500

/** Messages enough for searches and exports to take their time; what else a folder holds does not matter here. */
const history = { ...million, calls: 1000, callbacks: 1000 }

/** Compiles the slow disk. @returns null where there is no compiler, or no such thing as loading it first */
function slowDisk(dir: string): string | null {
  if (process.platform !== 'linux') return null
  const library = join(dir, 'slow-flush.so')
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, 'tests/bench/slow-flush.c', '-ldl'])
    return library
  } catch {
    return null
  }
}

interface Loaded {
  watched: Watched
  sent: number
  /** Callbacks that were refused, or not answered. */
  refused: number
  /** Milliseconds of an acknowledgement, the median. */
  acknowledged: number
}

async function watchUnder(child: ChildProcess, url: URL, rate: number, watch: Watch): Promise<Loaded> {
  const answer = once(child, 'message') as Promise<[Watched]>
  child.send(watch)
  const free = await Promise.all(Array.from({ length: rate > 0 ? 16 : 0 }, () => Lane.open(url)))
  const all = [...free]
  const begun = performance.now()
  let [sent, refused] = [0, 0]
  const times: number[] = []
  while (performance.now() - begun < watch.seconds * 1000 && rate > 0) {
    while (sent < ((performance.now() - begun) / 1000) * rate) {
      const lane = free.pop()
      if (!lane) break
      const request = requestBytes(url, messageBody(begunAt + sent))
      const sentAt = performance.now()
      sent += 1
      lane.send(request).then(
        () => {
          times.push(performance.now() - sentAt)
          free.push(lane)
        },
        () => (refused += 1),
      )
    }
    await pause(1)
  }
  const [watched] = await answer
  for (const lane of all) lane.close()
  begunAt += sent
  return { watched, sent, refused, acknowledged: median(times) }
}

/** Bodies of one process are all different. */
let begunAt = 0

/** An engine on a copy of the history, for as long as `work` takes. */
async function withEngine<Result>(
  preload: string | null,
  work: (child: ChildProcess, url: URL) => Promise<Result>,
): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-loop-'))
  cpSync(join(seededFolder(history), 'data'), join(dir, 'data'), { recursive: true })
  const env = preload === null ? process.env : { ...process.env, LD_PRELOAD: preload }
  const child = fork(bundled('loop-server'), [dir], { silent: true, env })
  child.stderr?.pipe(process.stderr)
  try {
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    return await work(child, new URL((JSON.parse(line.toString()) as { url: string }).url))
  } finally {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Memory at the end of the long load over that after its first part, when caches have filled. */
const growthOf = (megabytes: readonly number[]): { before: number; after: number } => ({
  before: median(megabytes.slice(2, 5)),
  after: median(megabytes.slice(-3)),
})

export async function loop(quick: boolean): Promise<Row[]> {
  const seconds = quick ? 10 : 60
  const tools = mkdtempSync(join(tmpdir(), 'switchboard-tools-'))
  try {
    const usual = await withEngine(null, async (child, url) => {
      const idle = await watchUnder(child, url, 0, { seconds: quick ? 3 : 10, busy: false })
      return { idle, busy: await watchUnder(child, url, busyRate, { seconds, busy: true }) }
    })
    const library = slowDisk(tools)
    const slow =
      library === null
        ? null
        : await withEngine(library, (child, url) => watchUnder(child, url, busyRate, { seconds, busy: true }))
    const steady = await withEngine(null, (child, url) =>
      watchUnder(child, url, steadyRate, { seconds: quick ? 10 : 600, busy: false }),
    )
    const { before, after } = growthOf(steady.watched.megabytes)
    const idle = usual.idle.watched.p99
    const { searches, exported, backups } = usual.busy.watched
    console.log(`beside ${usual.busy.sent} callbacks: ${searches} searches, ${exported} exported, ${backups} backups`)
    console.log(`memory under ${steadyRate} callbacks a second, MB: ${steady.watched.megabytes.join(' ')}`)
    return [
      row('event loop delay p99, busy, ms', 'idle', usual.busy.watched.p99, idle, '<= +10'),
      ...(slow
        ? [
            row('the same, 30 ms a flush', 'the usual disk', slow.watched.p99, usual.busy.watched.p99, '<= +1'),
            row('acknowledgement there, ms', 'the usual disk', slow.acknowledged, usual.busy.acknowledged, '>= 1'),
          ]
        : []),
      row(`the same, ${steadyRate} callbacks/s`, 'idle', steady.watched.p99, idle, '<= +10'),
      row('memory under them, MB', 'after a third of the time', after, before, '<= 1.1'),
      row('callbacks refused', 'sent', steady.refused + usual.busy.refused, steady.sent + usual.busy.sent, '<= 0'),
    ]
  } finally {
    rmSync(tools, { recursive: true, force: true })
  }
}
