import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { faultsSchema } from '../../../electron/sandbox/faults.ts'
import { ExactNumber, parseJson } from '../../../electron/sandbox/json.ts'
import { codes } from '../../../electron/sandbox/refusal.ts'
import { settingsSchema } from '../../../electron/sandbox/settings.ts'
import { readTime, writeTime } from '../../../electron/sandbox/time.ts'

describe('docs/sandbox.md', () => {
  const page = readFileSync(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8')
  it.each(Object.values(codes))('lists error code %i', (code) => {
    expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'))
  })
  it.each([...Object.keys(settingsSchema.shape), ...Object.keys(faultsSchema.shape)])('describes %s', (name) => {
    expect(page).toMatch(new RegExp(`^\\| \`${name}[\`:]`, 'm'))
  })
})

describe('times', () => {
  const noon = Date.UTC(2026, 10, 24, 4)
  it('are read and written in a zone', () => {
    expect(readTime('2026-11-24 12:00:00', 'Asia/Shanghai')).toBe(noon)
    expect(writeTime(noon, 'Asia/Shanghai')).toBe('2026-11-24 12:00:00')
    expect(readTime('2026-11-24 11:00:00', 'Asia/Bangkok')).toBe(noon)
  })
  it.each(['2026-11-24T12:00:00', '2026-11-24 12:00', '2026-13-01 00:00:00', '2026-02-30 00:00:00', ''])(
    'refuse %j',
    (text) => {
      expect(readTime(text, 'Asia/Shanghai')).toBeNull()
    },
  )
})

describe('JSON', () => {
  it('keeps the digits of large numbers', () => {
    const { a, b, c } = parseJson('{"a":1260780426564981016,"b":12,"c":1.5}') as Record<string, unknown>
    expect(a).toEqual(new ExactNumber('1260780426564981016'))
    expect([b, c]).toEqual([12, 1.5])
  })
})
