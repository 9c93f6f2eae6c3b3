/** The forms in which real deployments send a callback (PROTOCOL §3), and whatever makes one that must not be applied. */
import type { Tolerance } from '#shared/contract/reading.ts'
import type { DocumentedCallback } from './callbacks.ts'
import { nothing, type Expected } from './expected.ts'

export interface Header {
  merchantNo: string
  robotSerialNo: string
  /** Of the operation under way; undefined where there is none. */
  serialNo: string | undefined
  /** Seconds, by the platform's clock. */
  stamp: number
}

/** What a body is made of before it becomes bytes. */
export type Body = Record<string, unknown>

export interface Form {
  name: string
  /** The serial numbers that the platform gives out. */
  serial?: 'digits' | 'uuid' | 'hex'
  /** Whether it says anything about this callback. */
  fits?: (callback: DocumentedCallback) => boolean
  /** @returns the body as it is posted */
  post(callback: DocumentedCallback, header: Header): string | Uint8Array
  contentType?: string
  /** Where it differs from what the document's form becomes. */
  becomes?: (callback: DocumentedCallback) => Expected
  tolerance?: Tolerance | ((callback: DocumentedCallback) => Tolerance | undefined)
  /** How often it is posted. */
  times?: number
}

const formType = 'application/x-www-form-urlencoded'

/** The body with the headers of a generation. */
export function body(callback: DocumentedCallback, header: Header, generation = callback.generation): Body {
  const { merchantNo, robotSerialNo, serialNo, stamp } = header
  const common = { optvcMerchantId: merchantNo, optvcRobotSerialNo: robotSerialNo }
  const data = callback.shape === 'none' ? {} : { data: callback.data }
  return generation === 'young'
    ? {
        nResultCode: 0,
        vcResultMsg: '',
        nType: callback.type,
        nTimeStamp: stamp,
        optvcSerNo: serialNo,
        ...common,
        ...data,
      }
    : {
        ...{ resultCode: '0', resultMsg: '', type: String(callback.type), nTimeStamp: String(stamp) },
        ...{ optSerNo: serialNo, ...common, ...data },
      }
}

const json = (callback: DocumentedCallback, header: Header): string => JSON.stringify(body(callback, header))
const with_ = (callback: DocumentedCallback, header: Header, changes: Body): string =>
  JSON.stringify({ ...body(callback, header), ...changes })
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const other = ({ generation }: DocumentedCallback) => (generation === 'old' ? 'young' : 'old')

/** Every value, and every name, exchanged for another. */
function mapped(
  value: unknown,
  name: (name: string) => string,
  leaf: (value: unknown, name: string) => unknown,
  at = '',
): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, name, leaf, at))
  if (typeof value !== 'object' || value === null) return leaf(value, at)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [name(key), mapped(inner, name, leaf, key)]))
}
const same = (name: string): string => name
const shortDigits = (value: unknown): value is string => typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value)

const hasData = ({ shape }: DocumentedCallback): boolean => shape !== 'none'
const hasName = ({ data }: DocumentedCallback): boolean => JSON.stringify(data ?? '').includes('vcUserName')
const isYoung = ({ generation }: DocumentedCallback): boolean => generation === 'young'

/** Nothing is applied, and what was under way stays so. */
const untouched =
  (reason: string) =>
  (callback: DocumentedCallback): Expected => ({
    ...nothing('quarantined', reason),
    ...(callback.begun ? { operation: 'accepted' } : {}),
    ...(callback.begun?.entry === 'robots.login' ? { robot: { state: 'logging-in' } } : {}),
  })

const described: readonly Form[] = [
  { name: 'as the document has it', post: json },
  { name: 'with the headers of the other generation', post: (c, h) => JSON.stringify(body(c, h, other(c))) },
  {
    name: 'with the headers of both generations',
    post: (c, h) => JSON.stringify({ ...body(c, h, other(c)), ...body(c, h) }),
    tolerance: 'mixed-generations',
  },
  {
    name: 'with the other generation’s headers as null',
    post: (c, h) => {
      const nulls = Object.fromEntries(Object.keys(body(c, h, other(c))).map((name) => [name, null]))
      return JSON.stringify({ ...nulls, ...body(c, h) })
    },
  },
]

const wrapped: readonly Form[] = [
  {
    name: 'in strContext of a form',
    contentType: formType,
    post: (c, h) => new URLSearchParams({ strContext: json(c, h) }).toString(),
    tolerance: 'form-strContext',
  },
  {
    name: 'in strContext of a form, HTML-escaped',
    contentType: formType,
    post: (c, h) => new URLSearchParams({ strContext: escaped(json(c, h)) }).toString(),
    tolerance: 'html-escaped',
  },
  {
    name: 'in strContext of a form that says it is JSON',
    post: (c, h) => new URLSearchParams({ strContext: json(c, h) }).toString(),
    tolerance: 'form-strContext',
  },
  { name: 'HTML-escaped as a whole', post: (c, h) => escaped(json(c, h)), tolerance: 'html-escaped' },
  { name: 'as JSON text inside JSON', post: (c, h) => JSON.stringify(json(c, h)), tolerance: 'json-in-text' },
  { name: 'as a list of one', post: (c, h) => `[${json(c, h)}]`, tolerance: 'list-of-one' },
  { name: 'after a byte order mark', post: (c, h) => `\uFEFF${json(c, h)}`, tolerance: 'byte-order-mark' },
  { name: 'laid out with blanks', post: (c, h) => `\r\n ${JSON.stringify(body(c, h), null, 2)}\r\n` },
  {
    name: 'with all but ASCII escaped',
    post: (c, h) =>
      json(c, h).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  },
  {
    name: 'as the fields of a form',
    contentType: formType,
    post: (c, h) => {
      const fields = new URLSearchParams()
      for (const [name, value] of Object.entries(body(c, h))) {
        if (value !== undefined) fields.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
      }
      return fields.toString()
    },
    tolerance: 'form-fields',
  },
]

const dataForms: readonly Form[] = [
  {
    name: 'with Data in capital',
    fits: hasData,
    post: (c, h) => json(c, h).replace('"data":', '"Data":'),
    tolerance: 'odd-names',
  },
  {
    name: 'with data as JSON text',
    fits: hasData,
    post: (c, h) => with_(c, h, { data: JSON.stringify(c.data) }),
    tolerance: 'data-in-text',
  },
  {
    name: 'with data as JSON text, HTML-escaped',
    fits: hasData,
    post: (c, h) => with_(c, h, { data: escaped(JSON.stringify(c.data)) }),
    tolerance: 'html-escaped',
  },
  {
    name: 'with one object where a list is declared, or a list of one where an object is',
    fits: hasData,
    post: (c, h) => with_(c, h, { data: c.shape === 'list' ? (c.data as unknown[])[0] : [c.data] }),
    tolerance: (c) => (c.shape === 'list' ? 'object-for-list' : 'list-for-object'),
  },
  { name: 'with data as an empty object', post: (c, h) => with_(c, h, { data: {} }), becomes: (c) => c.empty },
  { name: 'with data as an empty list', post: (c, h) => with_(c, h, { data: [] }), becomes: (c) => c.empty },
  { name: 'with data as empty text', post: (c, h) => with_(c, h, { data: '' }), becomes: (c) => c.empty },
  { name: 'with data null', post: (c, h) => with_(c, h, { data: null }), becomes: (c) => c.empty },
  { name: 'without data', post: (c, h) => with_(c, h, { data: undefined }), becomes: (c) => c.empty },
  {
    name: 'with names in base64 alone',
    fits: hasName,
    post: (c, h) => {
      const data = mapped(
        c.data,
        (name) => (name === 'vcUserName' ? 'vcBase64NickName' : name),
        (value, name) => (name === 'vcUserName' ? Buffer.from(String(value)).toString('base64') : value),
      )
      return with_(c, h, { data })
    },
    tolerance: 'base64-name',
  },
  {
    name: 'with names in base64 beside the plain ones',
    fits: hasName,
    post: (c, h) => {
      const items = (Array.isArray(c.data) ? c.data : [c.data]) as Record<string, unknown>[]
      const twice = items.map((item) => ({
        ...item,
        vcBase64NickName: Buffer.from(String(item['vcUserName'])).toString('base64'),
      }))
      return with_(c, h, { data: c.shape === 'list' ? twice : twice[0] })
    },
  },
]

const values: readonly Form[] = [
  {
    name: 'with identifiers of 19 digits unquoted',
    post: (c, h) => json(c, h).replaceAll(/"(\d{19})"/g, '$1'),
    tolerance: 'long-number',
  },
  {
    name: 'with numbers as text',
    post: (c, h) =>
      JSON.stringify(mapped(body(c, h), same, (value) => (typeof value === 'number' ? String(value) : value))),
    tolerance: (c) => (isYoung(c) ? 'text-for-number' : undefined),
  },
  {
    name: 'with texts of digits as numbers',
    post: (c, h) => JSON.stringify(mapped(body(c, h), same, (value) => (shortDigits(value) ? Number(value) : value))),
    tolerance: (c) => (isYoung(c) ? undefined : 'number-for-text'),
  },
  {
    name: 'with names in capitals and blanks around them',
    post: (c, h) =>
      JSON.stringify(
        mapped(
          body(c, h),
          (name) => ` ${name.toUpperCase()}\t`,
          (value) => value,
        ),
      ),
    tolerance: 'odd-names',
  },
  {
    name: 'with names in small letters',
    post: (c, h) =>
      JSON.stringify(
        mapped(
          body(c, h),
          (name) => name.toLowerCase(),
          (value) => value,
        ),
      ),
    tolerance: 'odd-names',
  },
  {
    name: 'with fields that nobody knows',
    post: (c, h) => {
      const items = (Array.isArray(c.data) ? c.data : [c.data ?? {}]) as object[]
      const more = items.map((item) => ({ strange: { deep: [1] }, vcNew: 'x', ...item }))
      return with_(c, h, { strange: [], vcTraceId: 't', data: c.shape === 'list' ? more : more[0] })
    },
  },
  { name: 'with a serial number of 32 digits', serial: 'hex', post: json },
  { name: 'with a UUID for serial number', serial: 'uuid', post: json },
  { name: 'with the time in milliseconds', post: (c, h) => with_(c, h, { nTimeStamp: h.stamp * 1000 + 7 }) },
  {
    name: 'with the time as a date',
    post: (c, h) => with_(c, h, { nTimeStamp: '2026-11-24 10:00:00' }),
    tolerance: 'written-time',
  },
  { name: 'without any time', post: (c, h) => with_(c, h, { nTimeStamp: undefined }) },
  { name: 'without a result code', post: (c, h) => with_(c, h, { nResultCode: undefined, resultCode: undefined }) },
  {
    name: 'with “success” for result code',
    post: (c, h) => with_(c, h, isYoung(c) ? { nResultCode: 'success' } : { resultCode: 'SUCCESS' }),
  },
]

const matching: readonly Form[] = [
  {
    name: 'without a merchant number',
    post: (c, h) => with_(c, h, { optvcMerchantId: undefined }),
    tolerance: 'merchant-missing',
  },
  {
    name: 'without a serial number',
    post: (c, h) => with_(c, h, { optvcSerNo: undefined, optSerNo: undefined }),
    tolerance: (c) => (c.begun && c.type !== 1007 ? 'operation-by-kind' : undefined),
  },
  {
    name: 'without a robot, by its serial number alone',
    fits: ({ begun }) => begun !== undefined,
    post: (c, h) => with_(c, h, { optvcRobotSerialNo: undefined }),
    tolerance: 'robot-by-serial',
  },
  { name: 'twice', post: json, times: 2 },
  {
    name: 'with a result code that is no success',
    post: (c, h) =>
      with_(
        c,
        h,
        isYoung(c) ? { nResultCode: 500, vcResultMsg: 'refused' } : { resultCode: '500', resultMsg: 'refused' },
      ),
    becomes: (c) => c.failed,
  },
  {
    name: 'of another merchant',
    post: (c, h) => with_(c, h, { optvcMerchantId: '1000000000000000001' }),
    becomes: untouched('unknown-merchant'),
  },
  {
    name: 'of an unknown robot',
    post: (c, h) => with_(c, h, { optvcRobotSerialNo: '1000000000000000001' }),
    becomes: untouched('unknown-robot'),
  },
  {
    name: 'of an unknown type',
    post: (c, h) => with_(c, h, isYoung(c) ? { nType: 3999 } : { type: '3999' }),
    becomes: untouched('unknown-type'),
  },
  {
    name: 'with the Cyrillic letters of the scan in the name of its type',
    post: (c, h) => json(c, h).replace(/"(nType|type)":/, '"пТуре":'),
    becomes: untouched('unknown-type'),
  },
  { name: 'cut off', post: (c, h) => json(c, h).slice(0, -2), becomes: untouched('unreadable-body') },
  {
    name: 'in bytes that are no UTF-8',
    post: (c, h) => Buffer.from(json(c, h), 'utf16le'),
    becomes: untouched('unreadable-body'),
  },
]

export const forms: readonly Form[] = [...described, ...wrapped, ...dataForms, ...values, ...matching]
