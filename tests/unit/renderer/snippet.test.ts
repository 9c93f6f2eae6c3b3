import { expect, test } from 'vitest'
import { marked, snippet, type Piece } from '@/features/search/snippet.ts'

const shown = (pieces: Piece[]): string => pieces.map((piece) => (piece.hit ? `[${piece.text}]` : piece.text)).join('')

test('marks every match, whatever the case and width of its letters', () => {
  expect(shown(marked('Order ORDER order', 'order'))).toBe('[Order] [ORDER] [order]')
  expect(shown(marked('订单ABC', 'abc'))).toBe('订单[ABC]')
  expect(shown(marked('青瓷杯子', '瓷'))).toBe('青[瓷]杯子')
})

test('marks several words, and what overlaps once', () => {
  expect(shown(marked('red blue', 'blue red'))).toBe('[red] [blue]')
  expect(shown(marked('aabb', 'aab abb'))).toBe('[aabb]')
})

test('never cuts a sign of two units', () => {
  expect(shown(marked('a😀b', '😀'))).toBe('a[😀]b')
  expect(shown(snippet(`${'😀'.repeat(40)}x`, 'x'))).toBe(`…${'😀'.repeat(14)}[x]`)
})

test('cuts a long text to what is around its first match', () => {
  expect(shown(snippet(`${'长'.repeat(100)}找到\n了`, '找到'))).toBe(`…${'长'.repeat(14)}[找到] 了`)
  expect(shown(snippet('short find', 'find'))).toBe('short [find]')
})

test('a text without a match is itself', () => {
  expect(shown(marked('<b>x</b>', 'q'))).toBe('<b>x</b>')
  expect(marked('', 'q')).toEqual([])
})
