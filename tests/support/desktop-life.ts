/** The built desktop application on the stand-in, started and ended as a person does; for tests of its life. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { endProcess, spawnOnStandIn, type StandInProcess } from './desktop-driver.ts'

export interface DesktopLife {
  /** A folder of the test's own; the first application's data lies in `data` of it. */
  folder(): string
  start(dataDir?: string, env?: Record<string, string>, args?: readonly string[]): StandInProcess
  /** Starts and waits until everything runs. */
  started(dataDir?: string, env?: Record<string, string>, args?: readonly string[]): Promise<StandInProcess>
}

/** Gives each test of the file a folder, and ends what it has started. */
export function desktopLife(): DesktopLife {
  let folder = ''
  const running: StandInProcess[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-life-'))
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ child, exited }) => endProcess(child, exited)))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  const start: DesktopLife['start'] = (dataDir = join(folder, 'data'), env = {}, args = []) => {
    const application = spawnOnStandIn({ dataDir, env, args })
    running.push(application)
    return application
  }
  return {
    folder: () => folder,
    start,
    started: async (dataDir, env, args) => {
      const application = start(dataDir, env, args)
      await application.endpoint
      await expect.poll(() => application.stderr(), { timeout: 40_000 }).toContain('"msg":"started"')
      return application
    },
  }
}

/** Ends it by its menu. @returns its exit code */
export async function quit(application: StandInProcess): Promise<number | null> {
  // The answer to the command is the end of the process.
  application.command('quit').catch(() => {})
  return application.exited
}

/** Calls an entry as the application's own page does; with `desktop` one of this machine's. */
export const callAsPage = (
  application: StandInProcess,
  entry: string,
  input: object = {},
  channel: 'call' | 'desktop-call' = 'call',
): Promise<unknown> =>
  application.command('invokeAs', {
    channel: `switchboard:${channel}`,
    payload: { entry, input, locale: 'en' },
    url: 'app://switchboard/',
    isTop: true,
  })
