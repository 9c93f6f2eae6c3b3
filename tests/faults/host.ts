/** The built headless host as this harness starts, asks and kills it. */
import type { EntryInput, EntryName, EntryResult } from '#shared/contract/index.ts'
import { startHost, type HostProcess } from '../support/headless-host.ts'

export interface Host {
  api<Name extends EntryName>(entry: Name, input: EntryInput<Name>): Promise<EntryResult<Name>>
  /** The hard end: no signal handler, no last write. */
  kill(): Promise<void>
  stop(): Promise<void>
}

/** What the host wrote that nobody may see: a failure that nothing caught. */
export const uncaught: string[] = []

export const spawnHost = (dataDir: string): HostProcess =>
  startHost(['--data', dataDir], { SWITCHBOARD_LOG_LEVEL: 'error' })

async function end(host: HostProcess, signal: NodeJS.Signals): Promise<void> {
  host.child.kill(signal)
  await host.ended
  if (/uncaught|unhandled/i.test(host.output.stderr)) uncaught.push(host.output.stderr)
}

export const killHost = (host: HostProcess): Promise<void> => end(host, 'SIGKILL')

/** Waits until a host serves. */
export async function hostOf(host: HostProcess): Promise<Host> {
  const { url, token } = await host.ready
  const { origin } = new URL(url)
  return {
    async api(entry, input) {
      const answer = await fetch(`${origin}/api/${entry}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(input),
      })
      const body = (await answer.json()) as { ok: boolean; result: never }
      if (!body.ok) throw new Error(`${entry}: ${JSON.stringify(body)}`)
      return body.result
    },
    kill: () => end(host, 'SIGKILL'),
    stop: () => end(host, 'SIGTERM'),
  }
}
