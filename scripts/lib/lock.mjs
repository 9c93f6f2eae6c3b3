/** One process at a time installs or builds; two hosts that start together on a fresh clone share the work. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setupDir } from './project.mjs'

/* Nothing that is done under the lock takes this long. */
const staleMs = 20 * 60_000

/** @param {string} file */
function isStale(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > staleMs) return true
    const pid = Number(readFileSync(file, 'utf8'))
    // Written a moment after it was made.
    if (!Number.isInteger(pid) || pid <= 0) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

/**
 * Does the work while no other process does work of this kind.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [folder] where the lock is kept
 * @returns {Promise<T>}
 */
export async function withLock(work, folder = setupDir) {
  const file = join(folder, 'lock')
  mkdirSync(folder, { recursive: true })
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      if (isStale(file)) rmSync(file, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  const release = () => rmSync(file, { force: true })
  process.on('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}
