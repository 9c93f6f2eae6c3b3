/** Makes sure that there are the servers and programs of the system that tests run against. */
import { existsSync } from 'node:fs'
import { findServer, hasSystemServers, systemServers } from '../../tests/support/servers.ts'
import { run, step, StepFailure } from './steps.mjs'

const missing = (): (typeof systemServers)[keyof typeof systemServers][] =>
  Object.values(systemServers).filter((server) => findServer(server) === undefined)

/**
 * Finds them, or installs them from the system's packages where that is allowed: as root, with apt. On other
 * systems than Linux the tests that need them are skipped, and this says so.
 *
 * @param out where progress is shown
 * @throws StepFailure that says what to install
 */
export async function ensureServers(out: NodeJS.WriteStream): Promise<void> {
  if (!hasSystemServers) {
    const names = Object.values(systemServers).map(({ program }) => program)
    out.write(`SKIPPED: what needs ${names.join(' and ')}; it runs on Linux.\n`)
    return
  }
  const absent = missing()
  if (absent.length === 0) return
  const packages = absent.map(({ debian }) => debian)
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version')
  if (mayInstall) {
    // Installed to be run by the tests: nothing is to begin serving this machine.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    await step(out, `Installing ${packages.join(' and ')} from the system’s packages`, async () => {
      await run('apt-get', ['update'], { log: 'apt-update.log', env })
      await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { log: 'apt-servers.log', env })
    })
  }
  const left = missing().map(({ program }) => program)
  if (left.length === 0) return
  throw new StepFailure(
    `Tests run against ${left.join(' and ')}: install ${packages.join(' and ')} (Debian and Ubuntu: sudo apt-get install ${packages.join(' ')}).`,
  )
}
