import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asText, Fields, isObject, parseJson, tryParseJson, type Json } from '#engine/platform/json.ts'
import { readReply, refusesSignature } from '#engine/platform/answer.ts'

const digits = fc.stringMatching(/^-?[1-9]\d{0,39}$/)

describe('JSON of the platform', () => {
  it('keeps every integer’s digits, wherever it stands', () => {
    fc.assert(
      fc.property(digits, fc.string({ unit: 'grapheme' }), (number, text) => {
        const quoted = JSON.stringify(text)
        const parsed = parseJson(`{"a":${number},"b":[ ${number} ,{"c":\t${number}}],"d":${quoted}}`)
        if (!isObject(parsed)) throw new Error('no object')
        const list = parsed.b as [Json, { c: Json }]
        expect([asText(parsed.a), asText(list[0]), asText(list[1].c)]).toEqual([number, number, number])
        expect(parsed.d).toBe(text)
        expect(asText(parseJson(number))).toBe(number)
      }),
    )
  })

  it('reads everything else as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        const again = JSON.stringify(parseJson(text), (_key, field: unknown) =>
          typeof field === 'string' && /^-?[\d.]+(e[+-]?\d+)?$/.test(field) ? Number(field) : field,
        )
        const plain = JSON.stringify(JSON.parse(text), (_key, field: unknown) =>
          typeof field === 'string' && /^-?[\d.]+(e[+-]?\d+)?$/.test(field) ? Number(field) : field,
        )
        expect(again).toBe(plain)
      }),
    )
  })

  it('does not fall over what is nested without end, or no JSON', () => {
    expect(() => tryParseJson('['.repeat(1_000_000))).not.toThrow()
    expect(() => tryParseJson(`${'['.repeat(200_000)}1234567890123456789${']'.repeat(200_000)}`)).not.toThrow()
    expect(tryParseJson('{"a":')).toBeUndefined()
    expect(tryParseJson('')).toBeUndefined()
  })

  it('finds fields without regard to case and blanks; the first of two that is not null wins', () => {
    const fields = new Fields({ ' VcUserId ': 1, vcuserid: 2, empty: '  ', none: null, list: [1], constructor: 'x' })
    expect(fields.text('vcUserId')).toBe('1')
    expect(fields.text('empty')).toBeUndefined()
    expect(fields.text('none', 'list', 'VCUSERID')).toBe('1')
    expect(fields.text('constructor')).toBe('x')
    expect(fields.text('toString', '__proto__')).toBeUndefined()
    expect(new Fields({ data: null, Data: 'x' }).text('data')).toBe('x')
  })
})

describe('answers', () => {
  const ok = (fields: object) => readReply(JSON.stringify({ vcSerialNo: '1', ...fields }))?.success

  it.each([
    [{ vcSuccess: 'true' }, true],
    [{ vcSuccess: true }, true],
    [{ vcSuccess: '1' }, true],
    [{ vcSuccess: 1 }, true],
    [{ vcSuccess: 'True' }, true],
    [{ vcSuccess: ' TRUE ' }, true],
    [{ vcSuccess: 'false', nErrorCode: 0 }, false],
    [{ vcSuccess: false, nErrorCode: '0' }, false],
    [{ vcSuccess: '0' }, false],
    [{ vcSuccess: 0 }, false],
    [{ vcSuccess: 'False' }, false],
    [{ vcSuccess: 'true', nErrorCode: 40003 }, true],
    [{ nErrorCode: 0 }, true],
    [{ nErrorCode: '0' }, true],
    [{}, true],
    [{ vcSuccess: null, nErrorCode: 0 }, true],
    [{ vcSuccess: '', nErrorCode: '' }, true],
    [{ nErrorCode: 40003 }, false],
    [{ nErrorCode: '40003' }, false],
    [{ nErrorCode: 'E_SIGN' }, false],
  ])('%j means %s', (fields, success) => {
    expect(ok(fields)).toBe(success)
  })

  it('keeps a serial number of 19 digits, and its data', () => {
    const reply = readReply(
      '\uFEFF {"vcserialno":1849000000000000001,"vcSuccess":"true","data":"{\\"id\\":9007199254740993}"}',
    )
    expect(reply).toMatchObject({ vcSerialNo: '1849000000000000001', data: { id: '9007199254740993' } })
    expect(readReply('{"serial_no":"abc","data":{}}')?.vcSerialNo).toBe('abc')
  })

  it('unwraps an answer in Alipay’s way', () => {
    const inner = { vcSerialNo: '7', vcSuccess: 'false', nErrorCode: '500', vcErrorMsg: 'no' }
    const expected = { vcSerialNo: '7', success: false, errorCode: '500', errorMessage: 'no' }
    const name = 'xx_xx_sendMessage_response'
    expect(readReply(JSON.stringify({ [name]: inner, sign: 'x' }))).toMatchObject(expected)
    expect(readReply(JSON.stringify({ sign: 'x', [name]: JSON.stringify(inner) }))).toMatchObject(expected)
  })

  it.each(['', 'null', '[]', '"text"', '<html>502</html>', '{}', '{"message":"not found"}', '{"data":{}}', '12'])(
    'takes %j for no answer of the platform',
    (body) => {
      expect(readReply(body)).toBeNull()
    },
  )

  it('knows a refused signature by its words, and no other refusal', () => {
    const says = (vcErrorMsg: string) => {
      const reply = readReply(JSON.stringify({ vcSuccess: 'false', vcErrorMsg }))
      return reply ? refusesSignature(reply) : null
    }
    expect(says('isv.invalid-signature')).toBe(true)
    expect(says('验签失败')).toBe(true)
    expect(says('Invalid sign')).toBe(true)
    expect(says('the robot is not assigned to this merchant')).toBe(false)
    expect(says('unsigned design error')).toBe(false)
  })
})
