/** Messages through outbox and client to a platform that answers at once, beside signing alone. */
import { execFile } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundled } from './bundled.ts'
import { withServer } from './load.ts'
import { median, row, type Row } from './rows.ts'
import type { Sent } from './sender.ts'

/** Robots that send beside each other, one message at a time each. */
const concurrency = 16

/** How many messages go before those that count: an engine that has just started is slow. */
const warmUp = 2000

interface Figures {
  perSecond: number
  /** Processor time of the process for one, in microseconds. */
  cpu: number
}

/** Signatures, as many at a time as robots send. */
async function signing(count: number): Promise<Figures> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const text = Buffer.from('x'.repeat(600))
  const signed = promisify<string, Buffer, typeof privateKey, Buffer>(sign)
  const begun = performance.now()
  const before = process.cpuUsage()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let n = 0; n < count / concurrency; n += 1) await signed('sha256', text, privateKey)
    }),
  )
  const { user, system } = process.cpuUsage(before)
  return { perSecond: (count / (performance.now() - begun)) * 1000, cpu: (user + system) / count }
}

/** What an engine of its own makes of so many messages: the first ones, and those after them. */
const sending = (count: number, flags: readonly string[] = []): Promise<{ cold: Sent; warm: Sent }> =>
  withServer('platform', async (_child, url) => {
    const dir = mkdtempSync(join(tmpdir(), 'switchboard-sends-'))
    try {
      const given = [dir, new URL('/', url).href, String(concurrency), String(warmUp), String(count)]
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, bundled('sender'), ...given])
      return JSON.parse(stdout) as { cold: Sent; warm: Sent }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

/** Writes processor profiles of the engine's threads under so many sends to `dir`. */
export async function profileSends(dir: string, count: number): Promise<void> {
  await sending(count, ['--cpu-prof', `--cpu-prof-dir=${dir}`])
}

export async function sends(quick: boolean): Promise<Row[]> {
  const count = concurrency * (quick ? 200 : 800)
  const rounds: { limit: Figures; cold: Sent; warm: Sent }[] = []
  // In turns, so that what else the machine does meets both alike.
  for (let round = 0; round < 3; round += 1) {
    rounds.push({ limit: await signing(count), ...(await sending(count)) })
  }
  const of = (figure: (round: (typeof rounds)[number]) => number): number => median(rounds.map(figure))
  const perSecond = of(({ limit }) => limit.perSecond)
  const cpu = of(({ limit }) => limit.cpu)
  const alone = 'signing on the thread pool'
  const threads = [...new Set(rounds.flatMap(({ warm }) => Object.keys(warm.threads)))]
  return [
    row(
      'signed sends/s, outbox to platform',
      alone,
      of(({ warm }) => warm.perSecond),
      perSecond,
      '>= 0.6',
    ),
    row(
      `the same, the first ${warmUp}`,
      alone,
      of(({ cold }) => cold.perSecond),
      perSecond,
      '',
    ),
    row(
      'processor time a send, µs',
      alone,
      of(({ warm }) => warm.cpu),
      cpu,
      '',
    ),
    ...threads
      .map((name) =>
        row(
          `of it ${name}, µs`,
          alone,
          of(({ warm }) => warm.threads[name] ?? 0),
          cpu,
          '',
        ),
      )
      .filter(({ engine }) => engine >= 1),
  ]
}
