/** Sends callbacks and measures their acknowledgements. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { messageBody } from './bodies.ts'

export type ServerKind = 'engine' | 'echo' | 'raw' | 'raw-alone' | 'full'

export interface Measured {
  /** Acknowledgements a second. */
  perSecond: number
  /** The same until every effect was applied; equal where a server has none left over. */
  appliedPerSecond: number
  /** Time of one acknowledgement in milliseconds, at the 99th percentile. */
  p99: number
}

const connections = 64

async function pendingOf(child: ChildProcess): Promise<number> {
  child.send('pending')
  const [message] = (await once(child, 'message')) as [{ pending: number }]
  return message.pending
}

/** Starts a server of the kind in a fresh folder, sends `count` messages over 64 connections, and ends it. */
export async function measure(kind: ServerKind, count: number): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), [kind, dir], { silent: true })
  child.stderr?.pipe(process.stderr)
  try {
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${kind} ended with ${String(code)}`)
    })
    const [line] = (await Promise.race([once(child.stdout ?? child, 'data'), ended])) as [Buffer]
    ended.catch(() => {})
    const url = new URL((JSON.parse(line.toString()) as { url: string }).url)
    const pool = new Pool(url.origin, { connections, pipelining: 1 })
    const headers = { 'content-type': 'application/json' }
    const times: number[] = []
    let next = 0
    const sender = async (): Promise<void> => {
      while (next < count) {
        const body = messageBody(next++)
        const begun = performance.now()
        const answer = await pool.request({ path: url.pathname, method: 'POST', headers, body })
        await answer.body.dump()
        if (answer.statusCode !== 200) throw new Error(`${kind} answered ${answer.statusCode}`)
        times.push(performance.now() - begun)
      }
    }
    const begun = performance.now()
    await Promise.all(Array.from({ length: connections }, sender))
    const acknowledged = performance.now() - begun
    if (kind === 'engine') while ((await pendingOf(child)) > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const applied = performance.now() - begun
    await pool.close()
    times.sort((a, b) => a - b)
    return {
      perSecond: (count / acknowledged) * 1000,
      appliedPerSecond: (count / applied) * 1000,
      p99: times[Math.floor(count * 0.99)] ?? 0,
    }
  } finally {
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}
