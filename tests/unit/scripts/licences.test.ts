/** What ships: only works under licences that may, each with its name. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isPermitted, packageFolder, shippedWorks } from '../../../scripts/lib/licences.ts'
import { root } from '../../../scripts/lib/project.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-licences-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function install(path: string, manifest: object, licence?: string): void {
  mkdirSync(join(folder, path), { recursive: true })
  writeFileSync(join(folder, path, 'package.json'), JSON.stringify({ version: '1.0.0', ...manifest }))
  if (licence !== undefined) writeFileSync(join(folder, path, 'LICENSE.md'), licence)
}

describe('licences', () => {
  it.each(['MIT', 'ISC', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'MIT AND BSD-3-Clause', 'BlueOak-1.0.0'])(
    '%s may ship',
    (expression) => {
      expect(isPermitted(expression)).toBe(true)
    },
  )
  it.each([
    'GPL-3.0-only',
    'AGPL-3.0-or-later',
    'MIT AND GPL-2.0',
    'UNLICENSED',
    'SEE LICENSE IN x',
    'none',
    '',
    'mit',
  ])('%j may not', (expression) => {
    expect(isPermitted(expression)).toBe(false)
  })
})

it('knows the package of a module, however the bundler names it', () => {
  const folderOf = (id: string) => packageFolder(id)?.replaceAll('\\', '/')
  expect(folderOf('/p/node_modules/@a/b/dist/x.js?commonjs-module')).toBe('/p/node_modules/@a/b')
  expect(folderOf('\0/p/node_modules/a/node_modules/c/x.mjs')).toBe('/p/node_modules/a/node_modules/c')
  expect(packageFolder('/p/renderer/app/main.ts')).toBeNull()
})

it('takes what is bundled and what is loaded at run time, with all that these need, and nothing else', () => {
  install('.', { name: 'p', dependencies: { a: '1' }, devDependencies: { tool: '1' } })
  install(
    'node_modules/a',
    { name: 'a', license: 'MIT', dependencies: { b: '1' }, optionalDependencies: { mac: '1' } },
    'Words of a',
  )
  install('node_modules/a/node_modules/b', { name: 'b', license: 'ISC' })
  install('node_modules/tool', { name: 'tool', license: 'GPL-3.0-only' })
  install('node_modules/vue', { name: 'vue', license: 'MIT' })
  const works = shippedWorks(folder, [join(folder, 'node_modules/vue/x.js'), join(folder, 'src/own.ts')])
  expect(works.map(({ name }) => name)).toEqual(['a', 'b', 'vue'])
  expect(works[0]?.text).toBe('Words of a')
  expect(() => shippedWorks(folder, [join(folder, 'node_modules/tool/x.js')])).toThrow('tool 1.0.0 (GPL-3.0-only)')
})

it('lets all ship that is needed at run time now', () => {
  const names = shippedWorks(root, []).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['better-sqlite3', 'fastify', 'undici', 'ws', 'zod']))
  expect(names).not.toContain('typescript')
})
