/** A relay, and engines that fetch from it, on a NATS server of their own. */
import pino from 'pino'
import { Relay, type RelayOptions } from '../../../electron/relay/relay.ts'
import { until, type Desk } from '../../support/desk.ts'
import type { NatsServer } from '../../support/nats.ts'
import { findServer, systemServers } from '../../support/servers.ts'

export const hasNats = findServer(systemServers.nats) !== undefined
if (!hasNats) {
  process.stderr.write(
    '\n*** THE RELAY IS NOT TESTED: there is no nats-server (Debian: apt-get install nats-server) ***\n\n',
  )
}

export interface RunningRelay {
  readonly relay: Relay
  readonly url: string
  readonly log: string[]
}

/** Starts a relay in this process. */
export async function startRelay(
  nats: Pick<NatsServer, 'url'>,
  changes: Partial<RelayOptions> = {},
): Promise<RunningRelay> {
  const log: string[] = []
  const relay = new Relay({
    host: '127.0.0.1',
    port: 0,
    access: { servers: [nats.url], auth: { kind: 'none' }, ca: null },
    name: 'switchboard',
    limits: {},
    trustedProxies: [],
    log: pino({ level: 'debug' }, { write: (line: string) => log.push(line) }),
    ...changes,
  })
  return { relay, url: await relay.start(), log }
}

export const health = async (url: string): Promise<{ status: number; problem: string | null; doors: number }> => {
  const answer = await fetch(`${url}/healthz`)
  return { ...((await answer.json()) as { problem: string | null; doors: number }), status: answer.status }
}

/** Chooses the relay for a connection, and waits until it is up. */
export async function reachByRelay(
  desk: Desk,
  connectionId: string,
  nats: Pick<NatsServer, 'url'>,
  publicUrl: string,
  more: object = {},
): Promise<string> {
  const settings = { way: 'relay', publicUrl, servers: [nats.url], ...more } as never
  await desk.call('reach.save', { connectionId, settings })
  await relayUp(desk, connectionId)
  return (await desk.call('reach.get', { connectionId })).callbackUrl
}

export const relayUp = (desk: Desk, connectionId: string): Promise<unknown> =>
  until('the way to be up', async () => {
    const item = await desk.call('reach.get', { connectionId })
    return item.state === 'up'
  })

/** What the record holds of a connection, oldest first. */
export async function record(desk: Desk): Promise<{ raw: string; state: string; reason: string | null; at: number }[]> {
  const all: { raw: string; state: string; reason: string | null; at: number }[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await desk.call('callbacks.list', { limit: 200, ...(cursor !== undefined && { cursor }) })
    all.push(...page.items)
    if (page.nextCursor === null) return all.reverse()
    cursor = page.nextCursor
  }
}
