/** Each rule of the dependency check is seen to fail: a rule whose pattern matches nothing looks like a kept one. */
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import configuration from '../../../.dependency-cruiser.mjs'

const files: Record<string, string> = {
  'package.json': JSON.stringify({
    type: 'module',
    imports: { '#shared/*': './shared/*', '#engine/*': './electron/engine/*' },
    dependencies: { 'better-sqlite3': '1.0.0' },
    devDependencies: { electron: '1.0.0' },
  }),
  'tsconfig.json': '{"compilerOptions":{"module":"ESNext","moduleResolution":"bundler"}}',
  'node_modules/electron/package.json': '{"name":"electron","version":"1.0.0","main":"index.js"}',
  'node_modules/electron/index.js': 'module.exports = {}',
  'node_modules/better-sqlite3/package.json': '{"name":"better-sqlite3","version":"1.0.0","main":"index.js"}',
  'node_modules/better-sqlite3/index.js': 'module.exports = {}',
  // What is allowed.
  'shared/protocol/facts.ts': 'export const facts = 1',
  'shared/contract/entries.ts': "import { facts } from '#shared/protocol/facts.ts'\nexport const entries = facts",
  'electron/engine/good.ts': "import { entries } from '#shared/contract/entries.ts'\nexport const engine = entries",
  'electron/engine/store/good.ts': "import database from 'better-sqlite3'\nexport default database",
  'electron/headless/good.ts': "import { engine } from '#engine/good.ts'\nexport const host = engine",
  'electron/desktop/good.ts': "import { app } from 'electron'\nexport const host = app",
  'electron/engine/callbacks/incoming.ts': 'export const incoming = 1',
  'electron/engine/store/rows.ts': 'export const rows = 1',
  'electron/engine/reach/relay/layout.ts': "import { rows } from '../../store/rows.ts'\nexport const layout = rows",
  'electron/relay/good.ts': "import { incoming } from '#engine/callbacks/incoming.ts'\nexport const relay = incoming",
  'electron/sandbox/good.ts': "import { facts } from '#shared/protocol/facts.ts'\nexport const sandbox = facts",
  'renderer/Good.vue': `<script setup lang="ts">\nimport { entries } from '#shared/contract/entries.ts'\n</script>\n<template>{{ entries }}</template>`,
  // What is not.
  'electron/engine/circle-a.ts': "import { b } from './circle-b.ts'\nexport const a = (): unknown => b",
  'electron/engine/circle-b.ts': "import type { a } from './circle-a.ts'\nexport type B = typeof a\nexport const b = 1",
  'electron/engine/unresolvable.ts': "import { x } from '#shared/none.ts'\nexport const y = x",
  'shared/bad.ts': "import type { engine } from '#engine/good.ts'\nexport type Bad = typeof engine",
  'shared/node.ts': "import { join } from 'node:path'\nexport const bad = join",
  'electron/engine/bad.ts': "import { host } from '../headless/good.ts'\nexport const bad = host",
  'electron/headless/bad.ts': "import { host } from '../desktop/good.ts'\nexport const bad = host",
  'electron/desktop/bad.ts': "import { sandbox } from '../sandbox/good.ts'\nexport const bad = sandbox",
  'electron/relay/bad.ts': "import { engine } from '#engine/good.ts'\nexport const bad = engine",
  'electron/relay/store.ts': "import { layout } from '#engine/reach/relay/layout.ts'\nexport const bad = layout",
  'electron/engine/relay.ts': "import { relay } from '../relay/good.ts'\nexport const bad = relay",
  'electron/sandbox/bad.ts': "import { engine } from '#engine/good.ts'\nexport const bad = engine",
  'electron/sandbox/contract.ts': "import { entries } from '#shared/contract/entries.ts'\nexport const bad = entries",
  'renderer/Bad.vue': `<script setup lang="ts">\nimport { engine } from '#engine/good.ts'\n</script>\n<template>{{ engine }}</template>`,
  'renderer/node.ts': "import { join } from 'node:path'\nexport const bad = join",
  'renderer/electron.ts': "import type { app } from 'electron'\nexport type Bad = typeof app",
  'electron/headless/electron.ts': "import { app } from 'electron'\nexport const bad = app",
  'electron/headless/database.ts': "import database from 'better-sqlite3'\nexport default database",
  'electron/headless/tests.ts': "import { help } from '../../tests/help.ts'\nexport const bad = help",
  'tests/help.ts': 'export const help = 1',
}

/* A circle is named once, by the first file in it. */
const expected = [
  'electron/desktop/bad.ts hosts-only-engine-and-shared',
  'electron/engine/bad.ts engine-only-shared',
  'electron/engine/circle-a.ts no-circular',
  'electron/engine/relay.ts engine-only-shared',
  'electron/engine/relay.ts nobody-imports-the-relay',
  'electron/engine/unresolvable.ts not-to-unresolvable',
  'electron/headless/bad.ts hosts-only-engine-and-shared',
  'electron/headless/database.ts only-the-store-opens-the-database',
  'electron/headless/electron.ts only-desktop-knows-electron',
  'electron/headless/tests.ts hosts-only-engine-and-shared',
  'electron/headless/tests.ts nothing-imports-tests',
  'electron/relay/bad.ts relay-only-shared-and-what-receives',
  'electron/relay/store.ts relay-reaches-no-store',
  'electron/sandbox/bad.ts sandbox-only-protocol-facts',
  'electron/sandbox/contract.ts sandbox-only-protocol-facts',
  'renderer/Bad.vue renderer-only-shared',
  'renderer/electron.ts only-desktop-knows-electron',
  'renderer/node.ts renderer-runs-in-a-browser',
  'shared/bad.ts shared-imports-nothing-of-ours',
  'shared/node.ts shared-runs-anywhere',
]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-rule-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('the dependency rule', () => {
  it('names exactly what breaks it, and each of its rules can be broken', async () => {
    const { enhancedResolveOptions, ...options } = configuration.options ?? {}
    const result = await cruise(
      ['electron', 'shared', 'renderer', 'tests'],
      { ...options, baseDir: folder, validate: true, ruleSet: { forbidden: configuration.forbidden ?? [] } },
      { ...enhancedResolveOptions },
      { tsConfig: extractTsConfig(join(folder, 'tsconfig.json')) },
    )
    const { violations } = (result.output as ICruiseResult).summary
    const found = violations.map(({ from, rule }) => `${from} ${rule.name}`).sort()
    expect([...new Set(found)]).toEqual(expected)
    const broken = new Set(expected.map((line) => line.split(' ')[1]))
    expect(configuration.forbidden?.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([])
  })
})
