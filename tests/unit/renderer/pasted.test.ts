/** A pasted list of robots, as people have it: from a table, from a chat, typed with Chinese punctuation. */
import { describe, expect, it } from 'vitest'
import { readPasted } from '../../../renderer/features/robots/pasted.ts'

/* Chinese keyboards write these; written as escapes, since some tools make them narrow. */
const comma = '\uff0c'
const semicolon = '\uff1b'

describe('a pasted list of robots', () => {
  it('is read one a line, with names', () => {
    expect(readPasted('880000000000001,林先生门店\r\n880000000000002\tFlowers\n\n')).toEqual([
      { serialNo: '880000000000001', name: '林先生门店' },
      { serialNo: '880000000000002', name: 'Flowers' },
    ])
  })

  it.each([',', comma, '、', '\t', ';', semicolon, '\n'])('is parted by %j', (sign) => {
    expect(readPasted(`880000000000001${sign}880000000000002`)).toEqual([
      { serialNo: '880000000000001', name: '' },
      { serialNo: '880000000000002', name: '' },
    ])
  })

  it('has a name behind a Chinese comma', () => {
    expect(readPasted(`880000000000001${comma}小雅客服${semicolon}880000000000002`)).toEqual([
      { serialNo: '880000000000001', name: '小雅客服' },
      { serialNo: '880000000000002', name: '' },
    ])
  })
})
