/**
 * Reads a callback's body with every tolerance of PROTOCOL §3: both generations of headers, `strContext`,
 * `Data`, `data` as JSON text, HTML escapes. It decides nothing and changes nothing.
 */
import { createHash } from 'node:crypto'
import { decodeHTML } from 'entities'
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
  tolerances: string[]
  /** Hash over everything read: equal for two deliveries of one callback, whatever their formatting. */
  key: Uint8Array
}

const bom = /^\uFEFF/

/** Text that should be JSON; unescaped only where it is none as it came. */
function unpack(text: string, tolerances: string[]): Json | undefined {
  const plain = tryParseJson(text)
  if (plain !== undefined || !text.includes('&')) return plain
  const unescaped = tryParseJson(decodeHTML(text))
  if (unescaped !== undefined) tolerances.push('html-escaped')
  return unescaped
}

/** The body as a JSON object, whether sent as JSON or as a form; undefined when it is neither. */
function bodyObject(body: string, tolerances: string[]): Record<string, Json> | undefined {
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

function readData(top: Fields, tolerances: string[]): Json {
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
    const fields = [...new Fields(value).entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
  }
  return value === null ? 'null' : JSON.stringify(asText(value))
}

/**
 * Reads a body.
 *
 * @param connectionId enters the hash, since two merchants may get equal bodies
 * @param body UTF-8 text of the body
 * @param timeZone zone of written dates
 * @returns null when the body is no callback at all
 */
export function readCallback(connectionId: number, body: string, timeZone: string): ReadCallback | null {
  const tolerances: string[] = []
  const object = bodyObject(body, tolerances)
  if (!object) return null
  const top = new Fields(object)
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
  const key = createHash('sha256')
    .update(
      canonical([connectionId, type ?? typeText ?? null, stamp ?? stampText ?? null, ...Object.values(header), data]),
    )
    .digest()
    .subarray(0, 16)
  return { type, ...header, stamp, data, top, tolerances, key: new Uint8Array(key) }
}

/** `data` as a list of objects: a list as it is, one object as a list of one. */
export function dataList(data: Json): Fields[] {
  const list = Array.isArray(data) ? data : [data]
  return list.filter(isObject).map((object) => new Fields(object))
}

/** `data` as one object: an object as it is, the first of a list. */
export const dataObject = (data: Json): Fields => dataList(data)[0] ?? new Fields({})

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
      if (decoded !== undefined) return decoded.trim()
    }
  }
  return ''
}
