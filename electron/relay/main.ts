/**
 * The relay as a program. Standard output carries one line of JSON once it listens; the log goes to standard error. It
 * listens before NATS is there: until then callbacks are refused with 503, and the platform repeats them.
 */
import pino from 'pino'
import { OptionError, readOptions } from './options.ts'
import { Relay } from './relay.ts'

/** A stop that takes longer has hung, in milliseconds. */
const stopLimitMs = 15_000

async function run(): Promise<void> {
  const { logLevel, ...options } = readOptions(process.argv.slice(2), process.env)
  const log = pino({ level: logLevel, base: { pid: process.pid } }, pino.destination({ dest: 2, sync: true }))
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught')
    process.exit(1)
  })
  const relay = new Relay({ ...options, log })
  let isStopping = false
  const stop = (signal: NodeJS.Signals, code: number): void => {
    if (isStopping) process.exit(code)
    isStopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(1), stopLimitMs).unref()
    relay.stop().then(
      () => {
        log.info({ ...relay.counts }, 'stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log.fatal({ err: error }, 'the relay did not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM', 143))
  process.on('SIGINT', () => stop('SIGINT', 130))
  const url = await relay.start()
  process.stdout.write(`${JSON.stringify({ event: 'ready', url, pid: process.pid })}\n`)
}

run().catch((error: unknown) => {
  const { code, message } = error as { code?: string; message: string }
  const sentence =
    code === 'EADDRINUSE'
      ? 'the port is taken; choose another with --port'
      : error instanceof OptionError
        ? message
        : String(error)
  process.stderr.write(`relay: ${sentence}\n`)
  process.exit(1)
})
