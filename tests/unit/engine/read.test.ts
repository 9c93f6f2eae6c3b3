import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64, nameOf, readCallback } from '#engine/callbacks/read.ts'
import { readTime } from '#engine/callbacks/time.ts'
import { Fields } from '#engine/platform/json.ts'
import { findQr } from '#engine/platform/qr.ts'

const zone = 'Asia/Shanghai'
const read = (body: string) => readCallback(1, body, zone)
const keyOf = (body: string) => Buffer.from(read(body)?.key ?? []).toString('hex')

const young = {
  nResultCode: 0,
  vcResultMsg: 'ok',
  nType: 1003,
  nTimeStamp: 1_793_000_000,
  optvcSerNo: '1849000000000000001',
  optvcMerchantId: 'M1',
  optvcRobotSerialNo: 'R1',
  data: [{ vcUserId: 'u1' }],
}
const expected = {
  type: 1003,
  resultCode: '0',
  resultText: 'ok',
  stamp: 1_793_000_000_000,
  serialNo: '1849000000000000001',
  merchantNo: 'M1',
  robotSerialNo: 'R1',
  data: [{ vcUserId: 'u1' }],
}
const text = JSON.stringify(young)
const escaped = text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

describe('reading a callback', () => {
  it.each([
    ['the new generation', text],
    [
      'the old generation',
      JSON.stringify({
        resultCode: '0',
        resultMsg: 'ok',
        type: '1003',
        nTimeStamp: '1793000000',
        optSerNo: '1849000000000000001',
        optvcMerchantId: 'M1',
        optvcRobotSerialNo: 'R1',
        data: [{ vcUserId: 'u1' }],
      }),
    ],
    ['blanks and case in names', text.replace('"nType"', '" NTYPE "').replace('"data"', '"Data"')],
    ['a serial number as bare number', text.replace('"1849000000000000001"', '1849000000000000001')],
    ['data as JSON text', JSON.stringify({ ...young, data: JSON.stringify(young.data) })],
    ['a byte order mark', `\uFEFF${text}`],
    ['a form', new URLSearchParams({ strContext: text }).toString()],
    ['a form, HTML-escaped', new URLSearchParams({ strContext: escaped }).toString()],
    ['a form whose field is spelt otherwise', new URLSearchParams({ STRCONTEXT: text }).toString()],
    ['a body that is HTML-escaped as a whole', escaped],
    ['JSON text in JSON', JSON.stringify(text)],
    ['a list of one', `[${text}]`],
  ])('understands %s', (_name, body) => {
    expect(read(body)).toMatchObject(expected)
    expect(keyOf(body)).toBe(keyOf(text))
  })

  it('leaves entities alone where the text is JSON as it came', () => {
    const body = JSON.stringify({ ...young, data: { Content: '&quot;5 &lt; 6&quot;' } })
    expect(read(body)?.data).toEqual({ Content: '&quot;5 &lt; 6&quot;' })
  })

  it.each([
    ['absent', { ...young, data: undefined }],
    ['null', { ...young, data: null }],
    ['empty text', { ...young, data: '' }],
  ])('takes data that is %s for none', (_name, body) => {
    expect(read(JSON.stringify(body))?.data).toBeNull()
  })

  it('has no type where none is there', () => {
    expect(read('{}')?.type).toBeNull()
    expect(read('{"nType":"пТуре"}')?.type).toBeNull()
    expect(read('{"nType":{"a":1}}')?.type).toBeNull()
  })

  it.each(['', 'null', '12', '"x"', '[]', '<xml/>', 'a=b', 'strContext=', 'strContext=%7B'])(
    'takes %j for none',
    (body) => {
      expect(read(body)).toBeNull()
    },
  )

  it('tells two callbacks apart by every header and data field, and only by these', () => {
    const reordered = JSON.stringify(Object.fromEntries(Object.entries({ ...young, extra: 1 }).reverse()), null, 2)
    expect(keyOf(reordered)).toBe(keyOf(text))
    expect(keyOf(JSON.stringify({ ...young, nType: '1003', nResultCode: '0' }))).toBe(keyOf(text))
    for (const name of Object.keys(young)) {
      const changed = name === 'data' ? [{ vcUserId: 'u2' }] : '1004'
      expect(keyOf(JSON.stringify({ ...young, [name]: changed })), name).not.toBe(keyOf(text))
    }
    expect(Buffer.from(readCallback(2, text, zone)?.key ?? []).toString('hex')).not.toBe(keyOf(text))
  })

  it('differs where contents do, whatever names came before: no name passes for two', () => {
    const told = (data: object) => keyOf(JSON.stringify({ ...young, data }))
    told({ 'sender\ntext': 'x' })
    expect(told({ sender: 'anna', text: 'first' })).not.toBe(told({ sender: 'anna', text: 'second' }))
    told({ 'a","b': 'x' })
    expect(told({ a: '1', b: '2' })).not.toBe(told({ a: '1', b: '3' }))
  })

  it('never throws, whatever arrives', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (body) => {
        read(body)
        read(JSON.stringify({ ...young, data: body }))
      }),
    )
  })
})

describe('names and base64', () => {
  it('reads a name from its copy in base64 where the plain one is missing', () => {
    const copy = Buffer.from('张三 👋').toString('base64')
    expect(nameOf(new Fields({ vcBase64NickName: copy }), 'vcUserName')).toBe('张三 👋')
    expect(nameOf(new Fields({ vcUserName: 'Plain', vcBase64NickName: copy }), 'vcUserName')).toBe('Plain')
    expect(nameOf(new Fields({ vcBase64NickName: '%%' }), 'vcUserName')).toBe('')
  })

  it('decodes base64 only where it comes out as clean text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        fc.pre(!/[^\P{Cc}\t\r\n]/u.test(value) && value.isWellFormed())
        fc.pre(!value.startsWith('\uFEFF'))
        expect(fromBase64(Buffer.from(value).toString('base64'))).toBe(value)
      }),
    )
    for (const plain of ['你好', 'abc', '', '====', Buffer.from([0xff, 0xfe, 0xfd]).toString('base64'), 'AAAA']) {
      expect(fromBase64(plain), plain).toBeUndefined()
    }
  })
})

describe('times', () => {
  it.each([
    ['1793000000', 1_793_000_000_000],
    ['99999999999', 99_999_999_999_000],
    ['100000000000', 100_000_000_000],
    ['1793000000123', 1_793_000_000_123],
    ['2026-10-26 15:33:20', Date.UTC(2026, 9, 26, 7, 33, 20)],
    ['2026/10/26 15:33:20', Date.UTC(2026, 9, 26, 7, 33, 20)],
    ['2026-10-26T15:33', Date.UTC(2026, 9, 26, 7, 33)],
    ['0', null],
    ['yesterday', null],
    ['2026-13-26 15:33:20', null],
    ['9999999999999999', null],
  ])('reads %s', (written, time) => {
    expect(readTime(written, zone)).toBe(time)
  })

  it('reads a date in a zone with summer time on both sides of the change', () => {
    expect(readTime('2026-03-29 01:30:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 0, 30))
    expect(readTime('2026-03-29 03:30:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1, 30))
    expect(readTime('2026-10-25 04:00:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 25, 3, 0))
  })
})

describe('QR codes', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUg=='
  it.each([
    [{ loginQrCode: 'https://line.me/r/1' }, { kind: 'text', value: 'https://line.me/r/1' }],
    [{ vcCodeUrl: 'https://x.example/1.png' }, { kind: 'link', value: 'https://x.example/1.png' }],
    [{ deep: [{ img: png }] }, { kind: 'image', value: `data:image/png;base64,${png}` }],
    [{ code: '/9j/4AAQ' }, { kind: 'image', value: 'data:image/jpeg;base64,/9j/4AAQ' }],
    [
      { url: 'a', vcCodeUrl: 'b', myQR: 'c' },
      { kind: 'text', value: 'c' },
    ],
    [{ head_img_url: 'https://x/1.png', country_code: '86' }, null],
    [{ url: '' }, null],
    [null, null],
  ])('are found in %j', (data, found) => {
    expect(findQr(data)).toEqual(found)
  })

  it('are taken from the path that the connection sets, and from nowhere else', () => {
    expect(findQr({ a: { b: 'here' }, qr: 'there' }, 'a.b')).toEqual({ kind: 'text', value: 'here' })
    expect(findQr({ qr: 'there' }, 'a.b')).toBeNull()
  })
})
