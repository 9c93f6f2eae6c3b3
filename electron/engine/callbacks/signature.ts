/**
 * The signature of a callback by the platform's key (PROTOCOL §3, Alipay's rule for notifications): `sign` and
 * `sign_type` left out of the string; in a JSON body the top-level fields, what is no text as it stands there.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { decodeHTML } from 'entities'
import { isObject, tryParseJson } from '../platform/json.ts'
import { signingString } from '../platform/signing.ts'

/** Why a callback is not taken; null for one whose signature is right. */
export type SignatureFault = 'unsigned' | 'wrong-signature' | 'no-platform-key'

/** Where the JSON value that begins at `at` ends; the text is known to be JSON. */
function endOfValue(text: string, at: number): number {
  let depth = 0
  for (let index = at; index < text.length; index += 1) {
    const char = text[index]
    if (char === '"') {
      for (index += 1; text[index] !== '"'; index += 1) if (text[index] === '\\') index += 1
      if (depth === 0) return index + 1
    } else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') {
      if (depth === 0) return index
      depth -= 1
      if (depth === 0) return index + 1
    } else if (depth === 0 && (char === ',' || char === ' ' || char === '\n' || char === '\r' || char === '\t'))
      return index
  }
  return text.length
}

const afterBlanks = (text: string, at: number): number => {
  let index = at
  while (' \n\r\t'.includes(text[index] ?? '.')) index += 1
  return index
}

/**
 * The top-level fields of a JSON object: text decoded, everything else as it stands.
 *
 * @param text a JSON object
 * @returns null when a name is there twice: two readers could then read two callbacks
 */
function topLevelFields(text: string): Record<string, string> | null {
  const fields = new Map<string, string>()
  let at = afterBlanks(text, text.indexOf('{') + 1)
  while (text[at] === '"') {
    const nameEnd = endOfValue(text, at)
    const name = JSON.parse(text.slice(at, nameEnd)) as string
    const valueStart = afterBlanks(text, afterBlanks(text, nameEnd) + 1)
    const valueEnd = endOfValue(text, valueStart)
    const raw = text.slice(valueStart, valueEnd)
    if ([...fields.keys()].some((known) => known.toLowerCase() === name.toLowerCase())) return null
    fields.set(name, raw.startsWith('"') ? (JSON.parse(raw) as string) : raw)
    const next = afterBlanks(text, valueEnd)
    at = text[next] === ',' ? afterBlanks(text, next + 1) : text.length
  }
  return Object.fromEntries(fields)
}

/** The text of the JSON object in `text`: as it is, unescaped from HTML, or inside JSON text. */
function objectText(text: string): string | null {
  for (const candidate of [text, ...(text.includes('&') ? [decodeHTML(text)] : [])]) {
    const value = tryParseJson(candidate)
    if (isObject(value)) return candidate
    if (typeof value === 'string' && isObject(tryParseJson(value))) return value
  }
  return null
}

/** The fields that a body signs; null where they are not certain. */
function signedFields(body: string): Record<string, string> | null {
  const text = body.replace(/^\uFEFF/, '').trim()
  const json = objectText(text)
  if (json !== null) return topLevelFields(json)
  const form = [...new URLSearchParams(text)]
  const wrapped = form.find(([name]) => name.trim().toLowerCase() === 'strcontext')
  if (wrapped) {
    const inner = objectText(wrapped[1].trim())
    return inner === null ? null : topLevelFields(inner)
  }
  return new Set(form.map(([name]) => name.toLowerCase())).size === form.length ? Object.fromEntries(form) : null
}

const keys = new Map<string, KeyObject>()

function keyOf(pem: string): KeyObject {
  const known = keys.get(pem)
  if (known) return known
  const key = createPublicKey(pem)
  // A handful of connections; a key that was replaced is not kept for ever.
  if (keys.size >= 100) keys.clear()
  keys.set(pem, key)
  return key
}

/** As Alipay's SDKs check notifications: fields without a value are in the string too. A request's rule leaves them out. */
const wholeString = ({ sign: _sign, sign_type: _type, ...fields }: Record<string, string>): string =>
  Object.keys(fields)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => `${name}=${fields[name]}`)
    .join('&')

/**
 * Checks a callback's signature.
 *
 * @param body UTF-8 text of the body as it came
 * @param platformKey the platform's public key, PEM
 */
export function signatureFault(body: string, platformKey: string | null): SignatureFault | null {
  if (platformKey === null) return 'no-platform-key'
  const fields = signedFields(body)
  if (!fields) return 'wrong-signature'
  const { sign, sign_type: signType = 'RSA2' } = fields
  if (!sign) return 'unsigned'
  if (signType !== 'RSA2' && signType !== 'RSA') return 'wrong-signature'
  const digest = signType === 'RSA2' ? 'RSA-SHA256' : 'RSA-SHA1'
  const isRight = (text: string): boolean =>
    verify(digest, Buffer.from(text, 'utf8'), keyOf(platformKey), Buffer.from(sign, 'base64'))
  return isRight(signingString(fields, false)) || isRight(wholeString(fields)) ? null : 'wrong-signature'
}
