/**
 * Where things are. Everything in this folder is plain JavaScript that runs on any Node from 18 on with
 * nothing installed, since it is what installs the rest.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** @param {string[]} parts of a path inside the project */
export const inProject = (...parts) => join(root, ...parts)

/** What is remembered between two starts, and the full output of each step. */
export const setupDir = inProject('.setup')

/** The Node that this project runs on, installed with its packages. */
export const projectNode = inProject('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/* Chinese where the environment says so, as the headless host decides it. */
const isChinese = (process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '')
  .toLowerCase()
  .startsWith('zh')

/**
 * A sentence in the language of the terminal.
 *
 * @param {string} en
 * @param {string} zh
 */
export const say = (en, zh) => (isChinese ? zh : en)
