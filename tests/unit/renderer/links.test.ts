import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { httpLink, mediaUrl, piecesOf } from '@/features/inbox/links.ts'
import { countOf, partsOf } from '@/features/inbox/text-length.ts'

describe('links in texts', () => {
  test.each([
    ['see https://a.example/x?y=1.', ['https://a.example/x?y=1']],
    ['(http://a.example) and https://b.example/', ['http://a.example', 'https://b.example/']],
    ['看https://a.example/图。好', ['https://a.example/图']],
    ['javascript:alert(1) data:text/html,x file:///etc/passwd', []],
    ['https://', []],
  ])('%s', (text, links) => {
    expect(piecesOf(text).flatMap((piece) => (piece.href ? [piece.text] : []))).toEqual(links)
  })

  test('no letter is lost or added, whatever the text; and what is a link is http or https', () => {
    const texts = fc.array(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('https://', 'http://a.b/c', ' ', '"', '<a>', ')')),
    )
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('')
        const pieces = piecesOf(text)
        expect(pieces.map((piece) => piece.text).join('')).toBe(text)
        for (const { href } of pieces) if (href) expect(['http:', 'https:']).toContain(new URL(href).protocol)
      }),
    )
  })

  test('only http and https are links at all', () => {
    expect(httpLink('HTTPS://A.example')).toBe('https://a.example/')
    for (const text of ['javascript:alert(1)', ' java\nscript:1', 'data:image/svg+xml,x', '//a.example', '']) {
      expect(httpLink(text)).toBeUndefined()
    }
  })

  test('a picture’s address cannot leave its parameter', () => {
    expect(mediaUrl('1', 'http://a/?x=1&robot=2#f')).toBe(
      '/media?robot=1&url=http%3A%2F%2Fa%2F%3Fx%3D1%26robot%3D2%23f',
    )
  })
})

test('lengths are code points, parts of 256', () => {
  expect(countOf(' 😀好 ')).toBe(2)
  expect([0, 1, 256, 257, 512, 513].map(partsOf)).toEqual([1, 1, 1, 2, 2, 3])
})
