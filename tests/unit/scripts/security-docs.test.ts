/** The security page names, for each door, the test that guards it: each of them must be there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../../scripts/lib/project.mjs'

const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8')

it('every file that the page names is there', () => {
  const named = [...page.matchAll(/`((?:tests|\.github)\/[^`\s]+)`/g)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

it('every row of a door names its test', () => {
  const rows = page.split('\n').filter((line) => /^\| (?!-)/.test(line))
  const silent = rows.filter((row) => !/`(tests|\.github)\//.test(row))
  // The tables' heads, and the findings of electronegativity.
  const allowed = /^\| (item|door|finding|`\w+_CHECK`)/
  expect(silent.filter((row) => !allowed.test(row))).toEqual([])
})
