import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lengthOf } from '#shared/text/length.ts'
import { splitText } from '#shared/text/split.ts'

const units = ['code-points', 'utf16', 'utf8'] as const
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const graphemesOf = (text: string): string[] => [...graphemes.segment(text)].map(({ segment }) => segment)
const family = '👨‍👩‍👧‍👦'

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  fc.constantFrom(
    family,
    '🇹🇭',
    '👍🏽',
    'กำลังจะไป',
    '你好,世界。',
    'Hello there. ',
    '\r\n',
    '\n\n',
    '  ',
    '\t',
    'é',
    'e\u0301',
  ),
)
const text = fc.array(piece, { minLength: 1, maxLength: 80 }).map((pieces) => pieces.join(''))
const withoutBlanks = (value: string): string => value.replace(/\s+/g, '')

describe('splitting a long text', () => {
  it.each(units)('loses nothing but blanks, breaks no grapheme and keeps the limit in %s', (unit) => {
    fc.assert(
      fc.property(text, fc.integer({ min: 30, max: 256 }), (whole, max) => {
        const pieces = splitText(whole, max, unit)
        if (lengthOf(whole, unit) <= max) {
          expect(pieces).toEqual([whole])
          return
        }
        for (const part of pieces) expect(lengthOf(part, unit)).toBeLessThanOrEqual(max)
        expect(withoutBlanks(pieces.join(''))).toBe(withoutBlanks(whole))
        // Only a grapheme that alone is too long may be cut.
        const shortEnough = graphemesOf(whole).every((grapheme) => lengthOf(grapheme, unit) <= max)
        if (!shortEnough) return
        const left = graphemesOf(whole).filter((grapheme) => grapheme.trim() !== '')
        expect(pieces.flatMap(graphemesOf).filter((grapheme) => grapheme.trim() !== '')).toEqual(left)
      }),
      { numRuns: 150 },
    )
  })

  it('keeps inner line breaks and blanks as they are', () => {
    const paragraph = 'Dear customer,\n\n  thank you for asking. '.repeat(8)
    const pieces = splitText(paragraph, 256, 'code-points')
    let rest = paragraph
    for (const part of pieces) {
      rest = rest.trimStart()
      expect(rest.startsWith(part)).toBe(true)
      rest = rest.slice(part.length)
    }
    expect(rest.trim()).toBe('')
  })

  it('cuts after a sentence where it can, else between words', () => {
    const sentences = splitText(`${'a'.repeat(200)}. ${'b'.repeat(200)}.`, 256, 'code-points')
    expect(sentences).toEqual([`${'a'.repeat(200)}.`, `${'b'.repeat(200)}.`])
    const words = splitText('word '.repeat(100), 256, 'code-points')
    for (const part of words) expect(part).toMatch(/^(word )*word$/)
  })

  it('cuts a grapheme only when it alone is too long', () => {
    const monster = `a${'\u0301'.repeat(300)}`
    const pieces = splitText(monster, 256, 'code-points')
    expect(pieces.join('')).toBe(monster)
    expect(pieces.every((part) => lengthOf(part, 'code-points') <= 256)).toBe(true)
  })

  it('counts in the unit that is asked for', () => {
    expect([lengthOf('👍', 'code-points'), lengthOf('👍', 'utf16'), lengthOf('👍', 'utf8')]).toEqual([1, 2, 4])
    expect(splitText('👍'.repeat(256), 256, 'code-points')).toHaveLength(1)
    expect(splitText('👍'.repeat(256), 256, 'utf16')).toHaveLength(2)
    expect(splitText('👍'.repeat(256), 256, 'utf8')).toHaveLength(4)
    expect(lengthOf('\ud800x', 'code-points')).toBe(2)
  })
})
