/**
 * Entry of the headless host: the engine for a machine without a screen, reached with a browser over loopback.
 *
 * Standard output carries one line of JSON once ready; everything else goes to standard error.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { z } from 'zod'
import { AppError, describeFailure } from '#shared/contract/errors.ts'
import { createEngine } from '#engine/engine.ts'
import type { Engine } from '#engine/types.ts'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import { passphraseProtector } from '#engine/vault/passphrase.ts'
import { keyFilePath } from '#engine/vault/vault-guard.ts'
import { environmentLocale, type HeadlessOptions, readOptions } from './options.ts'
import { startSandboxProcess } from './sandbox-process.ts'
import { type Server, startServer } from './server.ts'

/* A stop that takes longer than this has hung. */
const stopLimitMs = 15_000

/* Run as it is written, or bundled to out/main/headless.js: both lie two folders beneath the project. */
const isBundled = !import.meta.url.endsWith('.ts')
const inProject = (path: string): URL => new URL(`../../${path}`, import.meta.url)
const parts = {
  storeThread: inProject(isBundled ? 'out/main/store-thread.js' : 'electron/engine/store/thread.ts'),
  sandbox: inProject(isBundled ? 'out/main/sandbox.js' : 'electron/sandbox/main.ts'),
  renderer: inProject('out/renderer'),
  manifest: inProject('package.json'),
}

function createLogger(level: string) {
  // Synchronous, so that the last line before an end is not lost.
  return pino({ level, base: { pid: process.pid } }, pino.destination({ dest: 2, sync: true }))
}
type Log = ReturnType<typeof createLogger>

function composeEngine(options: HeadlessOptions, log: Log): Engine {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(parts.manifest, 'utf8')))
  return createEngine({
    host: 'headless',
    version,
    dataDir: options.dataDir,
    storeThread: parts.storeThread,
    protector:
      options.passphrase === undefined
        ? keyFileProtector(keyFilePath(options.dataDir), (warning) => {
            log.warn({}, warning)
          })
        : passphraseProtector(options.passphrase),
    callbackPort: options.callbackPort,
    removeLock: options.removeLock,
    startSandbox: ({ stateDir }) => startSandboxProcess(fileURLToPath(parts.sandbox), stateDir, log),
    log,
  })
}

/** Ends the process cleanly on the first signal, at once on the second. */
function stopOnSignals(withParent: boolean, log: Log, stop: () => Promise<void>): void {
  let isStopping = false
  const onSignal = (code: number): void => {
    if (isStopping) process.exit(code)
    isStopping = true
    setTimeout(() => {
      log.fatal({}, 'the host did not stop in time')
      process.exit(1)
    }, stopLimitMs).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'the host did not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => {
    onSignal(143)
  })
  process.on('SIGINT', () => {
    onSignal(130)
  })
  if (withParent) {
    process.stdin.on('end', () => {
      onSignal(0)
    })
    process.stdin.resume()
  }
}

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  const log = createLogger(options.logLevel)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught')
    process.exit(1)
  })

  const engine = composeEngine(options, log)
  const running: { server?: Server } = {}
  stopOnSignals(options.withParent, log, async () => {
    await running.server?.close()
    await engine.stop()
  })
  const server = await startServer({
    engine,
    port: options.port,
    token: options.token,
    rendererDir: fileURLToPath(parts.renderer),
    sessionsFile: join(options.dataDir, 'sessions.json'),
    site: options.site,
    log,
  })
  try {
    await engine.start()
  } catch (error) {
    await server.close()
    throw error
  }
  server.open()
  const { url, token } = server
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', url, token, callbackUrl: engine.callbackBaseUrl, pid: process.pid })}\n`,
  )
}

/* One sentence with its cause and the next step; the stack, where there is one, as a line of the log. */
function explain(error: unknown): void {
  const failure = error instanceof AppError ? error.failure : ({ code: 'internal' } as const)
  if (!(error instanceof AppError) || failure.code === 'internal') {
    createLogger('error').fatal({ err: error }, 'the host did not start')
  }
  const locale = environmentLocale(process.env)
  const { message, hint } = describeFailure(failure, locale)
  process.stderr.write(locale === 'zh-CN' ? `${message}。${hint}\n` : `${message}. ${hint}\n`)
}

run().catch((error: unknown) => {
  explain(error)
  process.exit(1)
})
