/**
 * `npm run bench`: how near the engine runs to what this machine can do. Every figure is a ratio to a limit
 * measured in the same run, since figures of different machines, or hours, cannot be compared.
 *
 * `--quick` takes under two minutes. The table goes to standard output, the same as JSON to `test-results/bench.json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { measure, measureSteady, type Measured, type ServerKind } from './load.ts'
import { median, row, type Row } from './rows.ts'

const quick = process.argv.includes('--quick')
const count = quick ? 20_000 : 60_000
const rounds = quick ? 3 : 5
/** How long the load at half speed lasts, in seconds: long enough for checkpoints to fall into it. */
const steadySeconds = quick ? 6 : 30

const kinds: readonly ServerKind[] = ['echo', 'raw-alone', 'raw', 'full', 'engine']

/** Servers take turns, so that what else the machine does meets them alike; each figure is the median of its rounds. */
async function measureAll(): Promise<Record<ServerKind, Measured>> {
  const results = new Map<ServerKind, Measured[]>(kinds.map((kind) => [kind, []]))
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) results.get(kind)?.push(await measure(kind, count))
  }
  const of = (kind: ServerKind, field: keyof Measured): number =>
    median((results.get(kind) ?? []).map((measured) => measured[field]))
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      {
        perSecond: of(kind, 'perSecond'),
        appliedPerSecond: of(kind, 'appliedPerSecond'),
        p99: of(kind, 'p99'),
        cpu: of(kind, 'cpu'),
      },
    ]),
  ) as Record<ServerKind, Measured>
}

async function ingest(): Promise<Row[]> {
  const { engine, echo, raw, 'raw-alone': alone, full } = await measureAll()
  const half = engine.perSecond / 2
  const engineSteady: number[] = []
  const rawSteady: number[] = []
  for (let round = 0; round < rounds; round++) {
    rawSteady.push(await measureSteady('raw', half, steadySeconds / rounds))
    engineSteady.push(await measureSteady('engine', half, steadySeconds / rounds))
  }
  return [
    row('callbacks acknowledged/s', 'bare receiver, shared commits', engine.perSecond, raw.perSecond, '>= 0.80'),
    row('callbacks acknowledged/s', 'bare receiver, a commit each', engine.perSecond, alone.perSecond, ''),
    row('callbacks acknowledged/s', 'bare echo', engine.perSecond, echo.perSecond, ''),
    row('callbacks applied/s', 'bare receiver, same inserts', engine.appliedPerSecond, full.perSecond, '>= 0.70'),
    row('processor time a callback, µs', 'bare receiver, same inserts', engine.cpu, full.cpu, ''),
    row('acknowledgement p99 at full load, ms', 'bare receiver, shared commits', engine.p99, raw.p99, ''),
    row(
      'acknowledgement p99 at half load, ms',
      'bare receiver, shared commits',
      median(engineSteady),
      median(rawSteady),
      '<= 1.5',
    ),
  ]
}

const rows = await ingest()
console.table(rows)
mkdirSync('test-results', { recursive: true })
writeFileSync('test-results/bench.json', JSON.stringify({ at: new Date().toISOString(), count, rounds, rows }, null, 2))
