/** Sends callbacks to a measured server and times their acknowledgements. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { messageBody } from './bodies.ts'
import { bundled } from './bundled.ts'
import { Lane, requestBytes } from './lane.ts'
import { percentile } from './rows.ts'

export type ServerKind = 'engine' | 'echo' | 'raw' | 'raw-alone' | 'full' | 'platform'

export interface Measured {
  /** Acknowledgements a second. */
  perSecond: number
  /** The same until every effect was applied; equal where a server has none left over. */
  appliedPerSecond: number
  /** Time of one acknowledgement in milliseconds, at the 99th percentile. */
  p99: number
  /** Processor time of the server's process for one callback until it was applied, all threads, in microseconds. */
  cpu: number
}

/** What the server's process tells of itself. */
interface Usage {
  /** Processor time so far, in microseconds. */
  cpu: number
  /** Whether callbacks wait for their effects. */
  pending: boolean
}

const connections = 64

async function usageOf(child: ChildProcess): Promise<Usage> {
  child.send('usage')
  const [message] = (await once(child, 'message')) as [Usage]
  return message
}

/** A server of the kind in a fresh folder, with lanes to it; both are gone when `work` is done. */
export async function withServer<Result>(
  kind: ServerKind,
  work: (child: ChildProcess, url: URL, lanes: Lane[]) => Promise<Result>,
  execArgv: string[] = [],
): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
  const child = fork(bundled('server'), [kind, dir], { silent: true, execArgv })
  child.stderr?.pipe(process.stderr)
  try {
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${kind} ended with ${String(code)}`)
    })
    const [line] = (await Promise.race([once(child.stdout ?? child, 'data'), ended])) as [Buffer]
    ended.catch(() => {})
    const url = new URL((JSON.parse(line.toString()) as { url: string }).url)
    const lanes = await Promise.all(Array.from({ length: connections }, () => Lane.open(url)))
    const result = await work(child, url, lanes)
    for (const lane of lanes) lane.close()
    return result
  } finally {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

async function untilApplied(child: ChildProcess): Promise<Usage> {
  for (;;) {
    const usage = await usageOf(child)
    if (!usage.pending) return usage
    await pause(20)
  }
}

/** How many callbacks come before those that count: a server that has just started is slow, whoever it is. */
const warmUp = 2000

/** Sends messages over all lanes as fast as they are taken. @returns milliseconds of each acknowledgement */
async function sendAll(url: URL, lanes: readonly Lane[], from: number, count: number): Promise<number[]> {
  const requests = Array.from({ length: count }, (_, n) => requestBytes(url, messageBody(from + n)))
  const times: number[] = []
  let next = 0
  const send = async (lane: Lane): Promise<void> => {
    for (let request = requests[next++]; request; request = requests[next++]) {
      const begun = performance.now()
      await lane.send(request)
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(lanes.map(send))
  return times
}

/** Writes processor profiles of the engine's threads under a load of `count` messages to `dir`. */
export const profile = (dir: string, count: number): Promise<void> =>
  withServer(
    'engine',
    async (child, url, lanes) => {
      await sendAll(url, lanes, 0, count)
      await untilApplied(child)
      const ended = once(child, 'exit')
      child.send('end')
      await ended
    },
    ['--cpu-prof', `--cpu-prof-dir=${dir}`],
  )

/** Sends `count` messages over 64 connections as fast as they are taken. */
export const measure = (kind: ServerKind, count: number): Promise<Measured> =>
  withServer(kind, async (child, url, lanes) => {
    await sendAll(url, lanes, 0, warmUp)
    const before = await untilApplied(child)
    const begun = performance.now()
    const times = await sendAll(url, lanes, warmUp, count)
    const acknowledged = performance.now() - begun
    const after = await untilApplied(child)
    const applied = kind === 'engine' ? performance.now() - begun : acknowledged
    return {
      perSecond: (count / acknowledged) * 1000,
      appliedPerSecond: (count / applied) * 1000,
      p99: percentile(times, 0.99),
      cpu: (after.cpu - before.cpu) / count,
    }
  })

/**
 * Sends messages at a steady rate, whether or not earlier ones were answered: each is timed from the moment at
 * which it was due, so that a stall counts for all who would have come in it.
 *
 * @param rate callbacks a second
 * @param seconds for how long
 * @returns time of an acknowledgement in milliseconds, at the 99th percentile
 */
export const measureSteady = (kind: ServerKind, rate: number, seconds: number): Promise<number> =>
  withServer(kind, async (child, url, lanes) => {
    await sendAll(url, lanes, 0, warmUp)
    await untilApplied(child)
    const count = Math.round(rate * seconds)
    const requests = Array.from({ length: count }, (_, n) => requestBytes(url, messageBody(warmUp + n)))
    const times: number[] = []
    const free = [...lanes]
    const begun = performance.now()
    const dueAt = (n: number): number => begun + (n / rate) * 1000
    let next = 0
    const send = (lane: Lane, n: number): void => {
      const request = requests[n]
      if (!request) return
      void lane.send(request).then(() => {
        times.push(performance.now() - dueAt(n))
        free.push(lane)
      })
    }
    while (times.length < count) {
      while (next < count && dueAt(next) <= performance.now()) {
        const lane = free.pop()
        if (!lane) break
        send(lane, next++)
      }
      await pause(1)
    }
    await untilApplied(child)
    return percentile(times, 0.99)
  })
