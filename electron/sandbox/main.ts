/** The sandbox as a program: `node main.js [--port N] [--state DIR] [--seed N] [--quiet] [--with-parent]`. */
import { parseArgs } from 'node:util'
import { startSandbox } from './sandbox.ts'

/** Electron's port to the process that started this one; absent elsewhere. */
interface ParentPort {
  postMessage(message: unknown): void
}
const { parentPort } = process as { parentPort?: ParentPort }

function say(line: string): void {
  process.stderr.write(`sandbox: ${line}\n`)
}

function number(text: string | undefined, name: string, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > most) throw new Error(`--${name} wants a number from 0 to ${most}, not "${text}"`)
  return value
}

async function main(): Promise<void> {
  // Whoever read these may be gone first; the state must be written all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      state: { type: 'string' },
      seed: { type: 'string' },
      quiet: { type: 'boolean', default: false },
      'with-parent': { type: 'boolean', default: false },
    },
  })
  const sandbox = await startSandbox({
    port: number(values.port, 'port', 65535),
    stateDir: values.state,
    seed: number(values.seed, 'seed', 2 ** 31),
    warn: say,
  })
  const end = (why: string): void => {
    if (!values.quiet) say(`ends: ${why}`)
    sandbox.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        say(`did not end cleanly: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      end(signal)
    })
  if (values['with-parent']) {
    // The other end of the pipe closes when the host ends, however it ends.
    process.stdin.on('close', () => {
      end('the host is gone')
    })
    process.stdin.resume()
  }
  const { url, adminToken, pageUrl } = sandbox
  const ready = { event: 'ready', url, adminToken, pageUrl }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  parentPort?.postMessage(ready)
  if (!values.quiet) say(`the platform is simulated at ${url}; its page: ${pageUrl}`)
}

main().catch((error: unknown) => {
  const { code, message } = error as { code?: string; message: string }
  say(code === 'EADDRINUSE' ? 'the port is taken; choose another with --port, or leave it out for a free one' : message)
  process.exit(1)
})
