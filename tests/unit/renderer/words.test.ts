/** What the compiler cannot see of the two catalogues: the values in their sentences, and whether they compile. */
import { describe, expect, test } from 'vitest'
import en from '@/app/i18n/en/index.ts'
import zhCN from '@/app/i18n/zh-CN/index.ts'
import { localeOf } from '@/app/i18n/index.ts'

const flat = (tree: object, prefix = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value as object, `${prefix}${key}.`),
  )
const valuesOf = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort((a, b) => (a < b ? -1 : 1))

const english = new Map(flat(en))

describe('the catalogues', () => {
  test('have the same keys', () => {
    expect([...english.keys()]).toEqual(flat(zhCN).map(([key]) => key))
  })

  test('name the same values in each sentence', () => {
    const differing = flat(zhCN).filter(([key, text]) => `${valuesOf(text)}` !== `${valuesOf(english.get(key) ?? '')}`)
    expect(differing).toEqual([])
  })

  test('have no sign that the message format would take for its own', () => {
    const strange = [...flat(zhCN), ...flat(en)].filter(
      ([, text]) => /[{}@]/.test(text.replace(/\{\w+\}/g, '')) || /\S\||\|\S/.test(text),
    )
    expect(strange).toEqual([])
  })

  test('no Chinese is left in the English ones', () => {
    // But for the name of a language, which is written in it, so that whoever reads only that one finds it.
    const words = [...english].filter(([key]) => !key.startsWith('settings.languages.'))
    expect(words.filter(([, text]) => /\p{Script=Han}/u.test(text))).toEqual([])
  })
})

test('the language setting means what it says, and the system where it says so', () => {
  expect(localeOf('en', ['zh-CN'])).toBe('en')
  expect(localeOf('auto', ['zh-TW'])).toBe('zh-CN')
  expect(localeOf('auto', ['de-DE', 'zh-CN'])).toBe('en')
  expect(localeOf('auto', [])).toBe('en')
})
