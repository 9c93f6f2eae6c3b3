/** The ways in that are measured, each set up against the real thing, with its helper process to be killed. */
import { mkdtempSync, readFileSync } from 'node:fs'

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Authority } from '../support/certificates.ts'
import { until } from '../support/desk.ts'
import { NatsServer } from '../support/nats.ts'
import { OwnSshd } from '../support/own-sshd.ts'
import type { ReachOffice } from '../support/reach-office.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { ReverseProxy } from '../support/reverse-proxies.ts'
import { findServer, freePort, systemServers, type SystemServer } from '../support/servers.ts'
import { bundled } from './bundled.ts'

/** A process that a way stands on. */
export interface Victim {
  readonly name: string
  /** What is over when `killAndStart` resolves. */
  readonly until: string
  /** Kills it, and starts it again at once, where nobody else does. */
  killAndStart(): Promise<unknown>
}

/** A way that is up. */
export interface OpenKind {
  readonly url: string
  readonly ca?: string
  readonly victims: readonly Victim[]
  /** Resolves when all that was acknowledged is here; absent where it is at once. */
  arrived?(): Promise<unknown>
  close(): Promise<unknown>
}

export interface Kind {
  readonly name: string
  /** What it needs of the system. */
  readonly needs: readonly SystemServer[]
  open(office: ReachOffice): Promise<OpenKind>
}

const standIn = fileURLToPath(new URL('../support/stand-in-tunnel.mjs', import.meta.url))
const stream = 'SWITCHBOARD_CALLBACKS'

/** In the bench's own folder, which goes with it. */
const folderIn = (office: ReachOffice, name: string): string => mkdtempSync(join(office.office.desk.dataDir, name))
const authority = (office: ReachOffice): Authority => new Authority(folderIn(office, 'tls-'))

/** A server that is killed, and started by whoever killed it. */
const ownVictim = (name: string, server: { kill(): Promise<void>; start(): Promise<void> }): Victim => ({
  name,
  until: 'until it was started again',
  killAndStart: async () => {
    await server.kill()
    await server.start()
  },
})

async function upAt(office: ReachOffice): Promise<string> {
  return (await office.reaches('up', 30_000)).callbackUrl
}

const tls: Kind = {
  name: 'direct with TLS',
  needs: [],
  async open(office) {
    const { desk } = office.office
    const made = authority(office)
    const { cert, key } = made.issue()
    await desk.call('settings.set', { listener: { tlsCert: cert, tlsKey: key } })
    const { listener } = await desk.call('system.info', {})
    await office.save({ way: 'direct', publicUrl: `https://127.0.0.1:${listener.port}` })
    return {
      ...{ url: await upAt(office), ca: made.pem, victims: [] },
      close: () => desk.call('settings.set', { listener: { tlsCert: '', tlsKey: '' } }),
    }
  },
}

const proxied = (kind: 'nginx' | 'caddy'): Kind => ({
  name: `${kind} with TLS`,
  needs: [systemServers[kind]],
  async open(office) {
    const made = authority(office)
    const proxy = await ReverseProxy.start(kind, made, new URL(office.office.callbackUrl).host)
    await office.save({ way: 'direct', publicUrl: proxy.url })
    const url = await upAt(office)
    return { url, ca: made.pem, victims: [ownVictim(kind, proxy)], close: () => proxy.close() }
  },
})

const ssh: Kind = {
  name: 'SSH reverse tunnel',
  needs: [systemServers.sshd],
  async open(office) {
    const sshd = await OwnSshd.start()
    const remotePort = await freePort()
    const { port, username } = sshd
    const server = { way: 'ssh' as const, host: '127.0.0.1', port, username, auth: 'key' as const }
    const forwarded = { remotePort, publicUrl: `http://127.0.0.1:${remotePort}` }
    await office.save({ ...server, ...forwarded }, { sshKey: sshd.key() })
    return { url: await upAt(office), victims: [ownVictim('sshd', sshd)], close: () => sshd.close() }
  },
}

const command: Kind = {
  name: 'a command (stand-in)',
  needs: [],
  async open(office) {
    const pids = join(folderIn(office, 'command-'), 'pids')
    const argv = [process.execPath, standIn, '{port}', `port=${await freePort()}`, `pids=${pids}`]
    await office.save({ way: 'command', argv, pattern: String.raw`http://[\d.:]+` })
    const victim: Victim = {
      name: 'the command',
      until: 'until it was dead: the host starts it',
      killAndStart: () => {
        const [pid = 0] = JSON.parse(readFileSync(pids, 'utf8')) as number[]
        return Promise.resolve(process.kill(pid, 'SIGKILL'))
      },
    }
    return { url: await upAt(office), victims: [victim], close: () => Promise.resolve() }
  },
}

const relay: Kind = {
  name: 'relay (NATS JetStream)',
  needs: [systemServers.nats],
  async open(office) {
    const nats = await NatsServer.start()
    const process = await RelayProcess.start(bundled('relay'), nats.url)
    await office.save({ way: 'relay', publicUrl: process.url, servers: [nats.url] })
    const url = await upAt(office)
    // Once for the path: what cannot be read is kept as well.
    const isKnown = async (): Promise<boolean> => (await fetch(url, { method: 'POST', body: '{}' })).status === 200
    await until('the relay to know the address', isKnown)
    return {
      url,
      victims: [
        ownVictim('the relay', { kill: () => process.kill(), start: () => process.open() }),
        ownVictim('nats-server', { kill: () => nats.kill(), start: () => nats.open() }),
      ],
      arrived: async () => {
        const connection = await connect({ servers: nats.url })
        const manager = await jetstreamManager(connection)
        await until('all to be fetched', async () => (await manager.streams.info(stream)).state.messages === 0, 60_000)
        await connection.close()
      },
      close: async () => {
        await process.kill()
        await nats.close()
      },
    }
  },
}

export const kinds: readonly Kind[] = [tls, proxied('nginx'), proxied('caddy'), ssh, command, relay]

/** What a kind needs and is not installed. */
export const missing = ({ needs }: Kind): SystemServer | undefined => needs.find((server) => !findServer(server))
