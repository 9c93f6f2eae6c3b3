/** A relay as a process of its own, to be killed and started again on the same port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from './servers.ts'

/** Kills a process where it still runs, and waits until it has ended. */
export async function killed(child: ChildProcess | null): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

export class RelayProcess {
  readonly url: string
  readonly #args: readonly string[]
  #child: ChildProcess | null = null

  private constructor(entry: string, port: number, nats: string) {
    this.url = `http://127.0.0.1:${port}`
    this.#args = [entry, '--port', String(port), '--nats', nats]
  }

  /** @param entry the program's first file; @param nats the server's address */
  static async start(entry: string, nats: string): Promise<RelayProcess> {
    const relay = new RelayProcess(entry, await freePort(), nats)
    await relay.open()
    return relay
  }

  /** Starts it; it takes callbacks when it resolves. */
  async open(): Promise<void> {
    const child = spawn(process.execPath, this.#args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#child = child
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the relay ended with ${String(code)}`)
      }),
    ])
  }

  /** In the midst of whatever it does. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    await killed(child)
  }
}
