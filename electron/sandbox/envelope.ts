/** The public request parameters: where they stand in a request, and whether each is as the document says. */
import { envelopeParameters, signTypes, type SignType } from '#shared/protocol/envelope.ts'
import { parseJson, isObject, kindOf } from './json.ts'
import { Refusal } from './refusal.ts'

export type EnvelopeName = keyof typeof envelopeParameters

export interface RawRequest {
  /** What follows the `?`, without it. */
  readonly query: string
  readonly contentType: string
  readonly body: string
}

/**
 * Collects the parameters of body and query string.
 * @throws Refusal malformed
 */
export function readEnvelope(request: RawRequest): Map<string, string> {
  const fields = new Map<string, string>()
  const add = (name: string, value: string): void => {
    if (fields.has(name)) throw new Refusal('malformed', `${name} is given twice`)
    fields.set(name, value)
  }
  for (const [name, value] of formPairs(request.query)) add(name, value)
  if (fields.has('data')) throw new Refusal('malformed', 'data belongs into the body, not into the query string')
  const [kind = '', ...options] = request.contentType.split(';').map((part) => part.trim().toLowerCase())
  const charset = options.find((option) => option.startsWith('charset='))?.slice('charset='.length)
  if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8')
    throw new Refusal('malformed', `the body's charset is ${charset}, not utf-8`)
  if (kind === 'application/x-www-form-urlencoded')
    for (const [name, value] of formPairs(request.body)) add(name, value)
  else if (kind === 'application/json') for (const [name, value] of jsonPairs(request.body)) add(name, value)
  else throw new Refusal('malformed', `content type ${kind || '(none)'} is neither a form nor JSON`)
  return fields
}

function formPairs(text: string): [string, string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
    })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new Refusal('malformed', 'the URL encoding is broken, or is not UTF-8')
  }
}

function jsonPairs(text: string): [string, string][] {
  let body: unknown
  try {
    body = parseJson(text)
  } catch {
    throw new Refusal('malformed', 'the body is no JSON')
  }
  if (!isObject(body)) throw new Refusal('malformed', `the body is ${kindOf(body)}, not an object`)
  return Object.entries(body).map(([name, value]) => {
    if (typeof value !== 'string') throw new Refusal('malformed', `${name} is ${kindOf(value)}, not text`)
    return [name, value]
  })
}

/**
 * Checks presence, length and the fixed values.
 * @returns every parameter; those left out as empty text
 * @throws Refusal missing, envelope
 */
export function checkEnvelope(fields: ReadonlyMap<string, string>): Record<EnvelopeName, string> & {
  sign_type: SignType
} {
  const known = Object.entries(envelopeParameters) as [EnvelopeName, { required: boolean; max: number | undefined }][]
  for (const name of fields.keys())
    if (!Object.hasOwn(envelopeParameters, name))
      throw new Refusal('envelope', `${name} is no public parameter; everything else belongs into data`)
  for (const [name, { required, max }] of known) {
    const value = fields.get(name) ?? ''
    if (required && value === '') throw new Refusal('missing', `${name} is missing`)
    if (max !== undefined && [...value].length > max)
      throw new Refusal('envelope', `${name} is longer than ${max} characters`)
  }
  const value = (name: EnvelopeName): string => fields.get(name) ?? ''
  const oneOf = (name: EnvelopeName, allowed: readonly string[]): void => {
    if (!allowed.includes(value(name)))
      throw new Refusal('envelope', `${name} is "${value(name)}", not ${allowed.join(' or ')}`)
  }
  oneOf('format', ['', 'json'])
  oneOf('charset', ['utf-8', 'UTF-8'])
  oneOf('sign_type', signTypes)
  oneOf('version', ['1.0'])
  return Object.fromEntries(known.map(([name]) => [name, value(name)])) as ReturnType<typeof checkEnvelope>
}
