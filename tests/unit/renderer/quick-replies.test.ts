import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileOf, readFileText } from '../../../renderer/features/quick-replies/file.ts'
import { matchesOf } from '../../../renderer/features/quick-replies/matches.ts'

const reply = (id: string, title: string, text = '', folder = '') => ({ id, title, text, folder, picture: null })

describe('what a few signs find', () => {
  const items = [reply('1', '运费', '满 99 包邮'), reply('2', '价格', '运费另计'), reply('3', 'Shipping', 'x', '运费')]
  it('stands by how well it fits: title, then folder, then text', () => {
    expect(matchesOf(items, '运费').map(({ id }) => id)).toEqual(['1', '3', '2'])
  })
  it('heeds neither case nor width', () => {
    expect(matchesOf(items, 'ｓHIP').map(({ id }) => id)).toEqual(['3'])
  })
  it('is all where nothing is typed', () => {
    expect(matchesOf(items, ' ')).toHaveLength(3)
  })
})

describe('the file', () => {
  const text = fc
    .string({ minLength: 1, maxLength: 50, unit: 'grapheme' })
    .filter((one) => one.trim() === one && one !== '')
  it('gives back what was written into it', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ title: text, text }), { maxLength: 20 }), (found) => {
        const items = found.map((one, index) => ({ ...one, id: String(index), folder: '', picture: null }))
        const read = readFileText(fileOf(items))
        expect('items' in read && read.items).toEqual(items.map(({ id: _id, ...fields }) => fields))
      }),
    )
  })
  it('that is of something else, or damaged, is named', () => {
    expect(readFileText('{')).toEqual({ kind: 'foreign' })
    expect(readFileText('[]')).toEqual({ kind: 'foreign' })
    const items = [{ ...reply('', 'a', 'b') }, { ...reply('', '', 'b') }]
    expect(readFileText(JSON.stringify({ switchboard: 'quick-replies', version: 1, items }))).toEqual({
      kind: 'item',
      number: 2,
    })
  })
  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (value) => typeof readFileText(value) === 'object'))
  })
})
