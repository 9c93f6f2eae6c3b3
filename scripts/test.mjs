/**
 * `npm test`: installs what is missing, then hands over to checks.ts on the project's own Node. The last line
 * counts the tests.
 */
import { spawn } from 'node:child_process'
import { ensureInstalled } from './lib/install.mjs'
import { inProject, projectNode, root } from './lib/project.mjs'
import { runMain } from './lib/steps.mjs'

runMain(async () => {
  try {
    await ensureInstalled(process.stdout)
  } catch (error) {
    process.on('exit', () => process.stdout.write('0 passed, 1 failed\n'))
    throw error
  }
  const child = spawn(projectNode, [inProject('scripts/checks.ts'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  })
  // The terminal sends Ctrl+C to both; this process waits for the other's end.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code) => process.exit(code ?? 1))
})
