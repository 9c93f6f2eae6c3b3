/** Builds the application when its sources are not those that were built last. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { inProject, projectNode, root, say, setupDir } from './project.mjs'
import { lastLines, run, step, StepFailure } from './steps.mjs'

const sourceFolders = ['electron', 'renderer', 'shared', 'resources']
const sourceFiles = [
  'electron.vite.config.ts',
  'scripts/lib/licences.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.node.json',
  'tsconfig.web.json',
]
const results = [
  'out/main/desktop.js',
  'out/main/headless.js',
  'out/main/sandbox.js',
  'out/main/relay.js',
  'out/renderer/index.html',
]

/**
 * A text that changes when any source does. Contents, not times: those a checkout changes as it likes.
 *
 * @param {string} folder the project's
 */
export function sourceDigest(folder) {
  const hash = createHash('sha256')
  /** @param {string} path */
  const addFile = (path) => {
    const content = readFileSync(join(folder, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  /** @param {string} path */
  const addFolder = (path) => {
    const entries = readdirSync(join(folder, path), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory()) addFolder(`${path}/${entry.name}`)
      else if (entry.isFile()) addFile(`${path}/${entry.name}`)
    }
  }
  for (const path of sourceFolders) if (existsSync(join(folder, path))) addFolder(path)
  for (const path of sourceFiles) if (existsSync(join(folder, path))) addFile(path)
  return hash.digest('hex')
}

const stamp = () => inProject('out', '.sources')

/** @param {string} digest of the present sources */
function isBuilt(digest) {
  try {
    return readFileSync(stamp(), 'utf8') === digest && results.every((path) => existsSync(inProject(path)))
  } catch {
    return false
  }
}

async function build() {
  // Taken before: what changes while it is being built is not in it.
  const digest = sourceDigest(root)
  rmSync(stamp(), { force: true })
  const vite = inProject('node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const env = { ...process.env, NODE_ENV: 'production' }
  const { code, output } = await run(projectNode, [vite, 'build'], { log: 'build.log', env })
  if (code !== 0) {
    const log = join(setupDir, 'build.log')
    throw new StepFailure(
      say(
        `The application could not be built. The last lines above say why; everything is in ${log}.`,
        `构建失败，原因见上面最后几行；完整记录：${log}`,
      ),
      lastLines(output, 25),
    )
  }
  writeFileSync(stamp(), digest)
}

/**
 * Builds when something changed since the last time.
 *
 * @param {NodeJS.WriteStream} out where progress is shown
 * @param {{ always?: boolean }} [options] `always`: even if nothing changed
 * @throws {StepFailure}
 */
export async function ensureBuilt(out, { always = false } = {}) {
  const needed = () => always || !isBuilt(sourceDigest(root))
  if (!needed()) return
  await withLock(async () => {
    if (!needed()) return
    await step(out, say('Building', '正在构建'), build)
  })
}
