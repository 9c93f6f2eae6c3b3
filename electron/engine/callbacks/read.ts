/**
 * Reads a callback's body with every tolerance of PROTOCOL §3: both generations of headers, `strContext`,
 * `Data`, `data` as JSON text, HTML escapes. It decides nothing and changes nothing.
 */
import { hash } from 'node:crypto'
import { decodeHTML } from 'entities'
import type { Tolerance } from '#shared/contract/reading.ts'
import { asText, Fields, isObject, tryParseJson, type Json } from '../platform/json.ts'
import { readTime } from './time.ts'

/** A callback as it was understood. */
export interface ReadCallback {
  /** The type number; null where none is there. */
  type: number | null
  resultCode: string | null
  resultText: string
  /** The platform's own time, milliseconds UTC. */
  stamp: number | null
  serialNo: string | null
  merchantNo: string | null
  robotSerialNo: string | null
  /** What `data` holds, unpacked; null where there is none. */
  data: Json
  /** The body's top level, for what lies outside `data`. */
  top: Fields
  /** Which tolerances were needed, as stable words. */
  tolerances: Tolerance[]
  /** Time and hash over everything read: equal for two deliveries of one callback, whatever their formatting. */
  key: Uint8Array
}

const bom = /^\uFEFF/

/** Text that should be JSON; unescaped only where it is none as it came. */
function unpack(text: string, tolerances: Tolerance[]): Json | undefined {
  const plain = tryParseJson(text, tolerances)
  if (plain !== undefined || !text.includes('&')) return plain
  const unescaped = tryParseJson(decodeHTML(text), tolerances)
  if (unescaped !== undefined) tolerances.push('html-escaped')
  return unescaped
}

/** The body as a JSON object, whether sent as JSON or as a form; undefined when it is neither. */
function bodyObject(body: string, tolerances: Tolerance[]): Record<string, Json> | undefined {
  if (bom.test(body)) tolerances.push('byte-order-mark')
  const text = body.replace(bom, '').trim()
  const direct = unpack(text, tolerances)
  if (isObject(direct)) return direct
  if (typeof direct === 'string') {
    const inner = unpack(direct, tolerances)
    if (isObject(inner)) {
      tolerances.push('json-in-text')
      return inner
    }
  }
  if (Array.isArray(direct) && direct.length === 1 && isObject(direct[0])) {
    tolerances.push('list-of-one')
    return direct[0]
  }
  if (direct !== undefined || !text.includes('=')) return undefined
  const form = new URLSearchParams(text)
  for (const [name, value] of form) {
    if (name.trim().toLowerCase() !== 'strcontext') continue
    const inner = unpack(value, tolerances)
    if (isObject(inner)) {
      tolerances.push('form-strContext')
      return inner
    }
  }
  // A form whose fields are the header's own.
  const fields = Object.fromEntries(form)
  if (new Fields(fields).text('nType', 'type') === undefined) return undefined
  tolerances.push('form-fields')
  return fields
}

function readData(top: Fields, tolerances: Tolerance[]): Json {
  const value = top.get('data') ?? null
  if (typeof value !== 'string') return value
  if (value.trim() === '') return null
  const inner = unpack(value.trim(), tolerances)
  if (typeof inner === 'object' && inner !== null) {
    tolerances.push('data-in-text')
    return inner
  }
  return value
}

/** One text for equal content: names folded and sorted, numbers as text. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (isObject(value)) {
    // The first of two that fold to one name counts, as in Fields; the sort leaves them in their order.
    const fields = Object.keys(value).map((name): [string, string] => [name.trim().toLowerCase(), name])
    fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    let text = ''
    let last: string | null = null
    for (const [folded, name] of fields) {
      if (folded === last) continue
      text += `${last === null ? '' : ','}${JSON.stringify(folded)}:${canonical(value[name] ?? null)}`
      last = folded
    }
    return `{${text}}`
  }
  return value === null ? 'null' : JSON.stringify(asText(value))
}

/** Bytes of a key that tell the time. */
const stampBytes = 6

/**
 * The key of a callback's content: its time, then 16 bytes of a hash over all of it. The time in front lets keys of
 * neighbours stand together in their index, so that a transaction touches few pages of it.
 */
function keyOf(stamp: number, content: string): Buffer {
  const key = Buffer.alloc(stampBytes + 16)
  key.writeUIntBE(Math.min(Math.max(0, Math.trunc(stamp)), 2 ** 48 - 1), 0, stampBytes)
  hash('sha256', content, 'buffer').copy(key, stampBytes, 0, 16)
  return key
}

/** The key as earlier versions kept it: the hash alone. */
export const hashOnly = (key: Uint8Array): Uint8Array => key.subarray(stampBytes)

/**
 * Reads a body.
 *
 * @param connectionId enters the hash, since two merchants may get equal bodies
 * @param body UTF-8 text of the body
 * @param timeZone zone of written dates
 * @returns null when the body is no callback at all
 */
export function readCallback(connectionId: number, body: string, timeZone: string): ReadCallback | null {
  const tolerances: Tolerance[] = []
  const object = bodyObject(body, tolerances)
  if (!object) return null
  const top = new Fields(object, tolerances)
  const typeText = top.text('nType', 'type')
  const type = typeText !== undefined && /^\d{1,9}$/.test(typeText) ? Number(typeText) : null
  const stampText = top.text('nTimeStamp', 'timestamp')
  const stamp = readTime(stampText, timeZone)
  const data = readData(top, tolerances)
  const header = {
    resultCode: top.text('nResultCode', 'resultCode') ?? null,
    resultText: top.text('vcResultMsg', 'resultMsg') ?? '',
    serialNo: top.text('optvcSerNo', 'optSerNo') ?? null,
    merchantNo: top.text('optvcMerchantId') ?? null,
    robotSerialNo: top.text('optvcRobotSerialNo') ?? null,
  }
  noteHeader(object, tolerances)
  if (type !== null) noteData(type, data, tolerances)
  if (stampText !== undefined && isWritten(stampText)) tolerances.push('written-time')
  const content = canonical([
    connectionId,
    type ?? typeText ?? null,
    stamp ?? stampText ?? null,
    ...Object.values(header),
    data,
  ])
  const key = keyOf(stamp ?? 0, content)
  return { type, ...header, stamp, data, top, tolerances, key }
}

/**
 * The number of the robot that a body names, read with the same tolerance.
 *
 * @returns null where the body is no callback, or names none
 */
export function robotSerialNoOf(body: string): string | null {
  const object = bodyObject(body, [])
  return (object && new Fields(object).text('optvcRobotSerialNo')) ?? null
}

/** Whether a result code means success: an absent one does, and those that the connection names, in any case of letters. */
export const isSuccess = (code: string | null, successCodes: readonly string[]): boolean =>
  code === null || successCodes.some((good) => good.toLowerCase() === code.toLowerCase())

/** Header fields that only one of the two generations has, and how each writes them. */
const youngHeader = { nResultCode: 'number', vcResultMsg: 'string', nType: 'number', optvcSerNo: 'string' } as const
const oldHeader = { resultCode: 'string', resultMsg: 'string', type: 'string', optSerNo: 'string' } as const

/** Notes headers of both generations in one body, and fields of another kind than the document's. */
function noteHeader(object: Record<string, Json>, tolerances: Tolerance[]): void {
  let young = false
  let old = false
  const compare = (name: string, kind: 'number' | 'string'): boolean => {
    const value = object[name]
    if (value === undefined || value === null) return false
    if (typeof value === 'number' && kind === 'string') tolerances.push('number-for-text')
    if (typeof value === 'string' && kind === 'number' && !tolerances.includes('form-fields'))
      tolerances.push('text-for-number')
    return true
  }
  for (const [name, kind] of Object.entries(youngHeader)) young = compare(name, kind) || young
  for (const [name, kind] of Object.entries(oldHeader)) old = compare(name, kind) || old
  if (young && old) tolerances.push('mixed-generations')
  compare('optvcMerchantId', 'string')
  compare('optvcRobotSerialNo', 'string')
  const stamp = object['nTimeStamp']
  if (typeof stamp === 'number' && old && !young) tolerances.push('number-for-text')
  if (typeof stamp === 'string' && young && !old && !isWritten(stamp)) tolerances.push('text-for-number')
}

const listTypes: readonly number[] = [1003, 1006, 2002, 2003]
const objectTypes: readonly number[] = [1001, 1002, 1005, 1007, 2001, 2004]
/** Identifiers of the platform's inside `data`: text, by the document. */
const identifier = /^(?:userId|(?:From|To)UserId|vc\w*UserId|vcGroupId|groupId)$/i

/** Notes `data` of another form than its type declares. */
function noteData(type: number, data: Json, tolerances: Tolerance[]): void {
  if (data === null) {
    if (listTypes.includes(type) || objectTypes.includes(type)) tolerances.push('data-missing')
    return
  }
  if (listTypes.includes(type) && isObject(data)) tolerances.push('object-for-list')
  if (objectTypes.includes(type) && Array.isArray(data)) tolerances.push('list-for-object')
  const [first] = Array.isArray(data) ? data : [data]
  if (!isObject(first)) return
  const isNumber = ([name, value]: [string, Json]): boolean => typeof value === 'number' && identifier.test(name)
  if (Object.entries(first).some(isNumber)) tolerances.push('number-for-text')
}

/** A time written as a date, rather than counted. */
const isWritten = (text: string): boolean => /^\s*\d{4}[-/]/.test(text)

/** As {@link readTime}, noting a written date. */
export function toldTime(read: ReadCallback, text: string | undefined, timeZone: string): number | null {
  const time = readTime(text, timeZone)
  if (time !== null && text !== undefined && isWritten(text)) read.tolerances.push('written-time')
  return time
}

/**
 * `data` as a list of objects: a list as it is, one object as a list of one.
 *
 * @param notes where reading the fields notes its tolerances
 */
export function dataList(data: Json, notes: Tolerance[] | null = null): Fields[] {
  const list = Array.isArray(data) ? data : [data]
  return list.filter(isObject).map((object) => new Fields(object, notes))
}

/**
 * Whether every item of a list could be read: only then does it mean something that one is missing. No data, and an
 * empty object, are an empty list.
 *
 * @param id names of the field that tells who an item is
 */
export const isWholeList = (data: Json, ...id: string[]): boolean =>
  (Array.isArray(data) ? data : data === null ? [] : [data]).every(
    (one) => isObject(one) && (Object.keys(one).length === 0 || new Fields(one).text(...id) !== undefined),
  )

/** `data` as one object: an object as it is, the first of a list. */
export const dataObject = (data: Json, notes: Tolerance[] | null = null): Fields =>
  dataList(data, notes)[0] ?? new Fields({})

const base64Text = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Text that was sent in base64.
 *
 * @returns undefined where it does not decode cleanly to UTF-8
 */
export function fromBase64(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const compact = text.replace(/\s+/g, '')
  if (compact.length === 0 || compact.length % 4 !== 0 || !base64Text.test(compact)) return undefined
  const bytes = Buffer.from(compact, 'base64')
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // Control characters mean that it was no text.
    return /[^\P{Cc}\t\r\n]/u.test(decoded) ? undefined : decoded
  } catch {
    return undefined
  }
}

/** A person's name: as it stands, or from the copy in base64 that some deployments send beside it. */
export function nameOf(fields: Fields, ...names: string[]): string {
  const plain = fields.text(...names)
  if (plain !== undefined) return plain
  for (const [name, value] of fields.entries()) {
    if (/base64.*name/.test(name)) {
      const decoded = fromBase64(asText(value))
      if (decoded === undefined) continue
      fields.notes?.push('base64-name')
      return decoded.trim()
    }
  }
  return ''
}
