import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { visible } from '@/components/visible-text.ts'
import { httpLink, mediaUrl, piecesOf, trueHost } from '@/features/inbox/links.ts'
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

describe('what a link hides', () => {
  const leads = (text: string) => trueHost(text, httpLink(text) ?? '')
  test.each([
    ['https://bank.example@evil.example/', 'evil.example'],
    ['https://bank.example:443@evil.example', 'evil.example'],
    ['https://аррӏе.example/', 'xn--80ak6aa92e.example'],
    ['https://bank\u200b.example/', 'bank.example'],
    ['https://evil.example\\@bank.example/', 'evil.example'],
    ['https://b%61nk.example/', 'bank.example'],
    ['http://2130706433/', '127.0.0.1'],
    ['https://ｂank。example/', 'bank.example'],
  ])('%s is told to lead to %s', (text, host) => {
    expect(leads(text)).toBe(host)
  })
  test.each([
    'https://bank.example',
    'HTTPS://Bank.Example/a@b?c=d@e',
    'http://a.example:8080/x',
    'https://a.example:443/',
    'http://[::1]/',
  ])('%s leads where it says', (text) => {
    expect(leads(text)).toBeNull()
  })

  test('characters that nobody sees are shown, those of emoji and of writing are left', () => {
    expect(visible('https://a.example/\u202egpj.exe')).toBe('https://a.example/[U+202E]gpj.exe')
    expect(visible('a\u200bb\u2060c\ufeffd\u00ade\u3164f\u{e0041}g\u2066h\u0000')).toBe(
      'a[U+200B]b[U+2060]c[U+FEFF]d[U+00AD]e[U+3164]f[U+E0041]g[U+2066]h[U+0000]',
    )
    const plain = 'שלום مرحبا 你好 👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿\n\tx'
    expect(visible(plain)).toBe(plain)
  })
})

test('lengths are code points, parts of 256', () => {
  expect(countOf(' 😀好 ')).toBe(2)
  expect([0, 1, 256, 257, 512, 513].map(partsOf)).toEqual([1, 1, 1, 2, 2, 3])
})
