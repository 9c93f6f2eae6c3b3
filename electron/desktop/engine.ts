/** The engine as the desktop runs it: in this process, the sandbox in another, secrets in the system's key store. */
import { app, safeStorage, utilityProcess } from 'electron'
import { pathToFileURL } from 'node:url'
import { createEngine } from '#engine/engine.ts'
import type { Engine } from '#engine/types.ts'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import type { KeyProtector, SystemStore } from '#engine/vault/protector.ts'
import { keyFilePath } from '#engine/vault/vault-guard.ts'
import { built } from './built.ts'
import type { DesktopLog } from './log.ts'
import { chooseProtector, systemStoreOf } from './protector.ts'
import { superviseSandbox } from './sandbox-process.ts'

export interface DesktopEngineOptions {
  readonly dataDir: string
  /** Forget the passphrase of the application lock. */
  readonly removeLock: boolean
  readonly logFile: DesktopLog
  readonly sealing: Sealing
  proxyFor(url: string, signal: AbortSignal): Promise<string | null>
}

/** What seals secrets on this machine. Ask after the application is ready. */
export interface Sealing {
  readonly systemStore: SystemStore
  readonly protector: KeyProtector
}

/** @param dataDir where the key file lies, where the system has no key store */
export async function sealingOf(dataDir: string, { log }: DesktopLog): Promise<Sealing> {
  const keyFile = keyFileProtector(keyFilePath(dataDir), (message) => {
    log.warn({}, message)
  })
  const systemStore = await systemStoreOf(safeStorage, process.platform)
  return { systemStore, protector: chooseProtector(systemStore, keyFile) }
}

/** Makes the engine; it is not started yet. */
export function makeEngine({ dataDir, removeLock, logFile, sealing, proxyFor }: DesktopEngineOptions): Engine {
  const { log } = logFile
  return createEngine({
    host: 'desktop',
    version: app.getVersion(),
    dataDir,
    removeLock,
    storeThread: pathToFileURL(built('store-thread.js')),
    ...sealing,
    startSandbox: async ({ stateDir }) =>
      superviseSandbox(
        utilityProcess.fork(built('sandbox.js'), ['--state', stateDir], {
          serviceName: 'Switchboard sandbox',
          stdio: ['ignore', 'ignore', 'pipe'],
        }),
        log,
      ),
    proxyFor,
    readLog: () => logFile.read(),
    log,
  })
}
