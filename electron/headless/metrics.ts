/**
 * The engine's numbers in Prometheus' text format. A registry is made for each answer: nothing is counted here, what is
 * told is how it stands now, and the library's registry for all is not touched.
 */
import { Counter, Gauge, Registry } from 'prom-client'
import { callbackState, operationState } from '#shared/contract/entries/record.ts'
import { robotState } from '#shared/contract/entries/robots.ts'
import { contractVersion } from '#shared/contract/index.ts'
import type { Health, Measures } from '#engine/types.ts'

export interface HostFacts {
  readonly health: Health
  /** Null while the data cannot be used: then only what the process knows of itself is told. */
  readonly measures: Measures | null
  readonly version: string
  /** WebSockets that are open. */
  readonly sockets: number
  /** The event loop's delay, 99th percentile, in seconds. */
  readonly loopDelayP99: number
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE

type Labels = Record<string, string>
type Sample = readonly [labels: Labels, value: number]

const states = <State extends string>(
  names: readonly State[],
  counted: ReadonlyMap<State, number>,
): readonly Sample[] => names.map((state) => [{ state }, counted.get(state) ?? 0])

const byState = <State extends string>(rows: readonly { state: State; n: number }[]): Map<State, number> =>
  new Map(rows.map(({ state, n }) => [state, n]))

/** @returns the text of one answer */
export function metricsText(facts: HostFacts): Promise<string> {
  const registry = new Registry()
  const define = (Kind: typeof Counter | typeof Gauge) => (name: string, help: string, samples: readonly Sample[]) => {
    // Without labels the library would begin it at 0, which none of the things counted here means.
    if (samples.length === 0) return
    const labelNames = Object.keys(samples[0]?.[0] ?? {})
    const metric = new Kind({ name, help, labelNames, registers: [registry] })
    for (const [labels, value] of samples) metric.inc(labels, value)
  }
  const gauge = define(Gauge)
  const counter = define(Counter)

  const { health, measures, version } = facts
  const build = { version, contract: String(contractVersion), node: process.versions.node }
  gauge('switchboard_build_info', 'What runs here; always 1.', [[build, 1]])
  gauge('switchboard_healthy', '1 while callbacks can be kept, else 0: as /healthz says.', [
    [{}, health.reason === null ? 1 : 0],
  ])
  gauge('switchboard_websockets', 'WebSockets that are open: pages and scripts.', [[{}, facts.sockets]])
  gauge(
    'switchboard_event_loop_delay_p99_seconds',
    'How long the event loop kept others waiting, 99th percentile of the last whole minute.',
    [[{}, facts.loopDelayP99]],
  )
  gauge('process_resident_memory_bytes', 'Resident memory of the process.', [[{}, process.memoryUsage.rss()]])
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970 UTC.', [
    [{}, Math.round(Date.now() / 1000 - process.uptime())],
  ])
  if (!measures) return registry.metrics()

  counter('switchboard_callbacks_received_total', 'Whole callbacks that came in at an address of ours.', [
    [{}, measures.received],
  ])
  counter('switchboard_callbacks_acknowledged_total', 'Callbacks that were kept and acknowledged.', [
    [{}, measures.acknowledged],
  ])
  counter(
    'switchboard_callbacks_refused_total',
    'Requests at the callback listener that were refused, by reason.',
    Object.entries(measures.refused).map(([reason, n]) => [{ reason }, n]),
  )
  counter(
    'switchboard_callbacks_read_total',
    'Callbacks that were read, by what became of them.',
    states(
      callbackState.options.filter((state) => state !== 'pending'),
      measures.read,
    ),
  )
  gauge('switchboard_callbacks_waiting', 'Callbacks that are kept and wait for their effects.', [
    [{}, measures.callbacksWaiting],
  ])
  const settled = ['accepted', 'done', 'failed', 'unknown', 'cancelled'] as const
  counter('switchboard_sends_total', 'Sends, by the state they came into.', states(settled, measures.sent))
  gauge(
    'switchboard_sends',
    'Sends that are in a state now, as far as they are kept; accepted and done ones are only counted as they come.',
    states(
      operationState.options.filter((state) => state !== 'accepted' && state !== 'done'),
      byState(measures.sends),
    ),
  )
  const sends = measures.sends.filter(({ state }) => state !== 'failed' && state !== 'cancelled')
  gauge('switchboard_operations_open', 'Operations that are not settled, by kind; of sends those not accepted yet.', [
    [{ kind: 'send' }, sends.reduce((sum, { n }) => sum + n, 0)],
    ...measures.operations.map(({ kind, n }): Sample => [{ kind }, n]),
  ])
  gauge(
    'switchboard_outbox',
    'Operations in the outbox, by state.',
    states(['queued', 'sending'], byState(measures.outbox)),
  )
  gauge('switchboard_robots', 'Robots, by state.', states(robotState.options, byState(measures.robots)))
  gauge('switchboard_database_bytes', 'Size of the database file.', [[{}, measures.databaseBytes]])
  gauge('switchboard_wal_bytes', 'Size of the write-ahead log.', [[{}, measures.walBytes]])
  gauge(
    'switchboard_last_callback_timestamp_seconds',
    'When the last callback of a connection came, in seconds since 1970 UTC; absent where none was seen.',
    measures.lastCallbacks.flatMap(({ connectionId, at }): Sample[] =>
      at === null ? [] : [[{ connection: String(connectionId) }, at / 1000]],
    ),
  )
  return registry.metrics()
}
