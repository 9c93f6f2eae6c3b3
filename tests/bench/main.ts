/**
 * `npm run bench`: how near the engine runs to what this machine can do. Every figure is a ratio to a limit
 * measured in the same run, since figures of different machines, or hours, cannot be compared.
 *
 * `--quick` takes under two minutes. The table goes to standard output, the same as JSON to `test-results/bench.json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { measure, type Measured, type ServerKind } from './load.ts'

const quick = process.argv.includes('--quick')
const count = quick ? 10_000 : 40_000
const rounds = quick ? 1 : 3

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Servers take turns, so that what else the machine does meets them alike. */
async function measureAll(kinds: readonly ServerKind[]): Promise<Record<string, Measured>> {
  const results = new Map<ServerKind, Measured[]>()
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) results.set(kind, [...(results.get(kind) ?? []), await measure(kind, count)])
  }
  const of = (kind: ServerKind, field: keyof Measured): number =>
    median((results.get(kind) ?? []).map((measured) => measured[field]))
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      { perSecond: of(kind, 'perSecond'), appliedPerSecond: of(kind, 'appliedPerSecond'), p99: of(kind, 'p99') },
    ]),
  )
}

interface Row {
  what: string
  engine: number
  limit: number
  ratio: number
  target: string
}

const { engine, echo, raw, 'raw-alone': alone, full } = await measureAll(['echo', 'raw-alone', 'raw', 'full', 'engine'])
if (!engine || !echo || !raw || !alone || !full) throw new Error('not everything was measured')
const row = (what: string, ours: number, limit: number, target: string): Row => ({
  what,
  engine: Math.round(ours),
  limit: Math.round(limit),
  ratio: Math.round((ours / limit) * 100) / 100,
  target,
})
const rows = [
  row('callbacks acknowledged/s, to a bare receiver with shared commits', engine.perSecond, raw.perSecond, '>= 0.80'),
  row('the same, to a receiver with one commit a request', engine.perSecond, alone.perSecond, ''),
  row('the same, to a bare echo', engine.perSecond, echo.perSecond, ''),
  row(
    'callbacks applied/s, to a bare receiver that does the same inserts',
    engine.appliedPerSecond,
    full.perSecond,
    '>= 0.70',
  ),
  row('acknowledgement p99 in ms at full load, to the bare receiver', engine.p99, raw.p99, ''),
]
console.table(rows)
mkdirSync('test-results', { recursive: true })
writeFileSync('test-results/bench.json', JSON.stringify({ at: new Date().toISOString(), count, rounds, rows }, null, 2))
