/**
 * The works of others that ship with the application, with their licences: what the bundler took into the
 * bundles, and what the engine loads at run time from node_modules. Made at build time for the list in the
 * settings; a work under a licence that may not ship fails the build.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { z } from 'zod'

export interface Work {
  readonly name: string
  readonly version: string
  /** SPDX expression. */
  readonly licence: string
  /** Its own words, with notices; null where the package brings none. */
  readonly text: string | null
}

/** Licences that ask for no more than to be named. */
const permitted: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  // Of argparse, which comes with the updater's YAML; the notice in the list is what it asks for.
  'Python-2.0',
  'Unlicense',
])

/** Whether what is under an SPDX expression may ship: of an "or" one part suffices, of an "and" all must do. */
export function isPermitted(expression: string): boolean {
  const plain = expression.trim().replace(/^\((.*)\)$/, '$1')
  // Nested ones no package of ours has: they are refused, and then looked at by a person.
  if (plain.includes('(')) return false
  return plain.split(' OR ').some((part) => part.split(' AND ').every((licence) => permitted.has(licence.trim())))
}

const manifestShape = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
  /** How older packages name several; all of them hold. */
  licenses: z.array(z.object({ type: z.string() })).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
})
const manifestOf = (folder: string): z.output<typeof manifestShape> =>
  manifestShape.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))

/** The folder of the package that a module belongs to; null for one of our own. */
export function packageFolder(moduleId: string): string | null {
  const path = (moduleId.split('?', 1)[0] ?? '').replace(/^\0/, '').replaceAll('/', sep)
  const mark = `${sep}node_modules${sep}`
  const at = path.lastIndexOf(mark)
  if (at < 0) return null
  const [first = '', second = ''] = path.slice(at + mark.length).split(sep)
  return path.slice(0, at + mark.length) + (first.startsWith('@') ? join(first, second) : first)
}

/** Where a package finds another one, as Node looks for it; null where it is not installed. */
function resolve(from: string, name: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === dirname(folder)) return null
  }
}

/** The folders of all that a package needs at run time, and what those need. */
function closure(folder: string, found = new Set<string>()): Set<string> {
  const { dependencies, optionalDependencies = {} } = manifestOf(folder)
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const next = resolve(folder, name)
    // An optional one may be for another system.
    if (!next && name in optionalDependencies) continue
    if (!next) throw new Error(`${name}, which ${folder} needs, is not installed`)
    if (found.has(next)) continue
    found.add(next)
    closure(next, found)
  }
  return found
}

function workIn(folder: string): Work {
  const { name, version, license, licenses = [] } = manifestOf(folder)
  const older = licenses.map(({ type }) => type).join(' AND ')
  const names = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
  const texts = names.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return { name, version, licence: license ?? (older || 'none'), text: texts.length > 0 ? texts.join('\n\n') : null }
}

/**
 * All works that ship, by name.
 *
 * @param root the project's folder
 * @param moduleIds paths of the modules in the bundles
 * @throws Error naming what may not ship
 */
export function shippedWorks(root: string, moduleIds: Iterable<string>): Work[] {
  const folders = closure(root)
  for (const id of moduleIds) {
    const folder = packageFolder(id)
    if (folder && existsSync(join(folder, 'package.json'))) folders.add(folder)
  }
  const works = [...folders].map(workIn)
  const refused = works.filter(({ licence }) => !isPermitted(licence))
  if (refused.length > 0) {
    const list = refused.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join(', ')
    throw new Error(`may not ship under their licences: ${list}`)
  }
  const unique = new Map(works.map((work) => [`${work.name}@${work.version}`, work]))
  return [...unique.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
