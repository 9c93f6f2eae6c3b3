/** docs/protocol.md names a test for each method and each callback: they must be there, by these names. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { callbackTypes } from '#shared/protocol/callbacks.ts'
import { methodNames } from '#shared/protocol/methods.ts'

const page = readFileSync('docs/protocol.md', 'utf8')
const named = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(tests\/[^)]+)\)/g)].map(([, name = '', file = '']) => [
  file,
  name,
])

it.each(named)('%s has “%s”', (file, name) => {
  const text = readFileSync(file, 'utf8')
  expect(name === 'forms' || text.includes(name)).toBe(true)
})

it('has a row for each method and each callback', () => {
  const rows = [...page.matchAll(/^\| (\w+)/gm)].map(([, first]) => first)
  expect(rows).toEqual(expect.arrayContaining([...methodNames, ...Object.keys(callbackTypes)]))
  expect(rows.filter((row) => row === '2004')).toHaveLength(2)
})
