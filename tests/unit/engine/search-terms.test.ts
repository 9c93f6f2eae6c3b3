import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { containsQuery, indexQuery, indexTerms } from '#engine/store/search-terms.ts'

/** Whether every term of the query is a term of the text, or the beginning of one. */
function candidate(text: string, query: string): boolean {
  const expression = indexQuery(query)
  if (expression === null) return true
  const terms = indexTerms(text).split(' ')
  return expression.split(' AND ').every((quoted) => {
    const prefix = quoted.endsWith('*')
    const term = quoted.replace(/^"|"\*?$/g, '').replaceAll('""', '"')
    return prefix ? terms.some((known) => known.startsWith(term)) : terms.includes(term)
  })
}

const chinese = fc
  .array(fc.constantFrom(...'你好世界我要退货请问多少钱𠮷野家。,!iphone 手机'), { minLength: 2, maxLength: 40 })
  .map((characters) => characters.join(''))

describe('search terms', () => {
  it('find every two neighbouring characters of Chinese', () => {
    fc.assert(
      fc.property(chinese, (text) => {
        const characters = [...text]
        characters.slice(1).forEach((character, index) => {
          const pair = `${characters[index] ?? ''}${character}`
          if (!/^\p{Script=Han}{2}$/u.test(pair)) return
          expect(candidate(text, pair)).toBe(true)
          expect(containsQuery(text, pair)).toBe(true)
        })
      }),
    )
  })

  it('find every single character', () => {
    fc.assert(
      fc.property(chinese, (text) => {
        for (const character of text)
          if (/\p{Script=Han}/u.test(character)) expect(candidate(text, character)).toBe(true)
      }),
    )
  })

  it('find words by their beginning, in any case and width, and mixed with Chinese', () => {
    expect(candidate('我的iPhone手机坏了', 'IPH')).toBe(true)
    expect(candidate('iPhone手机', '手机')).toBe(true)
    expect(candidate('order ABC-123', 'abc-1')).toBe(true)
    expect(candidate('Café au lait', 'CAFÉ')).toBe(true)
    expect(candidate('iPhone', 'iPhone')).toBe(true)
    expect(candidate('hello', 'ello')).toBe(false)
    expect(candidate('สวัสดีครับ', 'สดี')).toBe(true)
  })

  it('ask for nothing where a query holds no term', () => {
    for (const query of ['!', '"', '*', '(', '-', '。', "'; --", ' ']) expect(indexQuery(query)).toBeNull()
  })
})
