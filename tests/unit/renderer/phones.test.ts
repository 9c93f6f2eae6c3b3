import { expect, test } from 'vitest'
import { phonesOf } from '@/features/friends/phones.ts'

test('takes one a line, commas, tabs, full-width signs and blanks inside a number', () => {
  expect(phonesOf('13800138000\n139 0013 9000,137-0013-7000\t15012345678、１３６００１３６０００').valid).toEqual([
    '13800138000',
    '13900139000',
    '13700137000',
    '15012345678',
    '13600136000',
  ])
})

test('takes the column of numbers out of a table with a head and names', () => {
  const table = '姓名,电话,备注\n"王芳","+86 138 0013 8000",老客户\n李思雨,0086 13900139000,2 单'
  expect(phonesOf(table)).toEqual({ valid: ['13800138000', '13900139000'], wrong: [], repeated: 0 })
})

test('names what is too long, and asks nobody twice', () => {
  expect(phonesOf('138001380001234\n13800138000\n13800138000')).toEqual({
    valid: ['13800138000'],
    wrong: ['138001380001234'],
    repeated: 1,
  })
})

test('finds nothing in nothing', () => {
  expect(phonesOf(' \n;,name')).toEqual({ valid: [], wrong: [], repeated: 0 })
})
