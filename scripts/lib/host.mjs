/** Replaces the script by a built program, as far as an operating system lets it. */
import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { inProject, projectNode } from './project.mjs'

/**
 * Installs and builds what is missing, with progress on standard error, and runs a built program with this
 * script's arguments, input, output and signals.
 *
 * @param {string} bundle path inside the project
 */
export async function become(bundle) {
  await ensureInstalled(process.stderr)
  await ensureBuilt(process.stderr)
  const entry = inProject(bundle)
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 24) {
    // In this very process: signals, exit code and process id are the program's own.
    process.argv[1] = entry
    await import(pathToFileURL(entry).href)
    return
  }
  // The Node that was there before the packages were: only the first time after a clone.
  const child = spawn(projectNode, [entry, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}
