/** An engine in a process of its own, called by messages: what it does takes nothing from whoever measures it but calls. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Engine } from '#engine/types.ts'
import type { Answer } from '#shared/contract/index.ts'
import { bundled } from './bundled.ts'
import type { Asked } from './ways-host.ts'

type Called = Pick<Engine, 'call' | 'onEvents' | 'stop'>

export class RemoteEngine implements Called {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, (answer: Answer<unknown>) => void>()
  #count = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', ({ number, answer }: { number: number; answer: Answer<unknown> }) => {
      this.#asked.get(number)?.(answer)
      this.#asked.delete(number)
    })
  }

  /** @param dir a folder of its own */
  static async start(dir: string): Promise<RemoteEngine> {
    const child = fork(bundled('ways-host'), [dir], { silent: true })
    child.stderr?.pipe(process.stderr)
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the host ended with ${String(code)}`)
      }),
    ])
    return new RemoteEngine(child)
  }

  call(entry: string, input: unknown): Promise<Answer<unknown>> {
    this.#count += 1
    const number = this.#count
    return new Promise((resolve) => {
      this.#asked.set(number, resolve)
      this.#child.send({ number, entry, input } satisfies Asked)
    })
  }

  /** Nothing is told: whoever measures asks. */
  onEvents(): () => void {
    return () => undefined
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.send('end')
    await ended
  }
}
