/**
 * Entry of the headless host: the engine for a machine without a screen, reached with a browser over loopback.
 *
 * Standard output carries one line of JSON once ready; everything else goes to standard error, or to a
 * file where one is named.
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
import { endOfLog, type LogFileOptions, openLogFile } from '#engine/log-file.ts'
import { environmentLocale, type HeadlessOptions, readOptions } from './options.ts'
import { startSandboxProcess } from './sandbox-process.ts'
import { type Server, startServer } from './server.ts'
import { stopOnSignals } from './stopping.ts'

/* Run as it is written, or bundled to out/main/headless.js: both lie two folders beneath the project. */
const isBundled = !import.meta.url.endsWith('.ts')
const inProject = (path: string): URL => new URL(`../../${path}`, import.meta.url)
const parts = {
  storeThread: inProject(isBundled ? 'out/main/store-thread.js' : 'electron/engine/store/thread.ts'),
  sandbox: inProject(isBundled ? 'out/main/sandbox.js' : 'electron/sandbox/main.ts'),
  renderer: inProject('out/renderer'),
  manifest: inProject('package.json'),
}

/* As much of the log as a report of a problem holds. */
const reportBytes = 256 * 1024

function createLogger(level: string, file: LogFileOptions | null) {
  // Synchronous, so that the last line before an end is not lost.
  const destination = file ? openLogFile(file) : pino.destination({ dest: 2, sync: true })
  return pino({ level, base: { pid: process.pid } }, destination)
}
type Log = ReturnType<typeof createLogger>

function readVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(parts.manifest, 'utf8'))).version
}

function composeEngine(options: HeadlessOptions, version: string, log: Log): Engine {
  const { logFile } = options
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
    callbackAddress: options.callbackAddress,
    callbackTls: options.callbackTls,
    removeLock: options.removeLock,
    ...(logFile ? { readLog: () => endOfLog(logFile.path, reportBytes) } : {}),
    startSandbox: ({ stateDir }) => startSandboxProcess(fileURLToPath(parts.sandbox), stateDir, log),
    log,
  })
}

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  const log = createLogger(options.logLevel, options.logFile)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught')
    process.exit(1)
  })

  const version = readVersion()
  const engine = composeEngine(options, version, log)
  const running: { server?: Server } = {}
  stopOnSignals({
    withParent: options.withParent,
    log,
    stop: async () => {
      await running.server?.close()
      await engine.stop()
    },
  })
  const server = await startServer({
    engine,
    port: options.port,
    token: options.token,
    monitorToken: options.monitorToken,
    version,
    rendererDir: fileURLToPath(parts.renderer),
    sessionsFile: join(options.dataDir, 'sessions.json'),
    site: options.site,
    log,
  })
  running.server = server
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
    createLogger('error', null).fatal({ err: error }, 'the host did not start')
  }
  const locale = environmentLocale(process.env)
  const { message, hint } = describeFailure(failure, locale)
  process.stderr.write(locale === 'zh-CN' ? `${message}。${hint}\n` : `${message}. ${hint}\n`)
}

run().catch((error: unknown) => {
  explain(error)
  process.exit(1)
})
