/** Callbacks from the wire to the store, beside receivers that do the same with as little around it as possible. */
import { measure, measureSteady, type Measured, type ServerKind } from './load.ts'
import { median, row, type Row } from './rows.ts'

interface Extent {
  /** Callbacks of a storm: fewer than may wait for their effects, so that all of it may be a burst (`store/burst.ts`). */
  burst: number
  /** Callbacks of the sustained load. */
  sustained: number
  rounds: number
  /** How long the load at half speed lasts, in seconds: long enough for checkpoints to fall into it. */
  steadySeconds: number
}

const quickExtent: Extent = { burst: 15_000, sustained: 30_000, rounds: 3, steadySeconds: 9 }
const longExtent: Extent = { burst: 15_000, sustained: 300_000, rounds: 5, steadySeconds: 60 }

type Figures = Record<keyof Measured, number>

/** Servers take turns, so that what else the machine does meets them alike; each figure is the median of its rounds. */
async function compare(kinds: readonly ServerKind[], count: number, rounds: number): Promise<Map<ServerKind, Figures>> {
  const results = new Map<ServerKind, Measured[]>(kinds.map((kind) => [kind, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) results.get(kind)?.push(await measure(kind, count))
  }
  const figures = (measured: readonly Measured[]): Figures => {
    const of = (field: keyof Measured): number => median(measured.map((one) => one[field]))
    return { perSecond: of('perSecond'), appliedPerSecond: of('appliedPerSecond'), p99: of('p99'), cpu: of('cpu') }
  }
  return new Map([...results].map(([kind, measured]) => [kind, figures(measured)]))
}

const nothing: Figures = { perSecond: 0, appliedPerSecond: 0, p99: 0, cpu: 0 }

export async function ingest(quick: boolean): Promise<Row[]> {
  const extent = quick ? quickExtent : longExtent
  const storm = await compare(['echo', 'raw-alone', 'raw', 'engine'], extent.burst, extent.rounds)
  const [echo = nothing, alone = nothing, raw = nothing, burst = nothing] = storm.values()
  const lasting = await compare(['full', 'raw', 'engine'], extent.sustained, quick ? 3 : 1)
  const [full = nothing, lastingRaw = nothing, engine = nothing] = lasting.values()
  const half = engine.appliedPerSecond / 2
  const steady: { engine: number[]; raw: number[] } = { engine: [], raw: [] }
  for (let round = 0; round < extent.rounds; round += 1) {
    steady.raw.push(await measureSteady('raw', half, extent.steadySeconds / extent.rounds))
    steady.engine.push(await measureSteady('engine', half, extent.steadySeconds / extent.rounds))
  }
  const shared = 'bare receiver, shared commits'
  const inserts = 'bare receiver, same inserts'
  return [
    row('callbacks acknowledged/s', shared, burst.perSecond, raw.perSecond, '>= 0.8'),
    row('the same', 'bare receiver, a commit each', burst.perSecond, alone.perSecond, ''),
    row('the same', 'bare echo', burst.perSecond, echo.perSecond, ''),
    row('the same, sustained', shared, engine.perSecond, lastingRaw.perSecond, ''),
    row('callbacks applied/s, sustained', inserts, engine.appliedPerSecond, full.appliedPerSecond, '>= 0.7'),
    row('processor time a callback, µs', inserts, engine.cpu, full.cpu, ''),
    row('acknowledgement p99 in a storm, ms', shared, burst.p99, raw.p99, ''),
    row('the same, sustained', shared, engine.p99, lastingRaw.p99, ''),
    row('acknowledgement p99 at half load, ms', shared, median(steady.engine), median(steady.raw), '<= 1.5'),
  ]
}
