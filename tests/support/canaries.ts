/** Secrets to plant, and a search for them in every form in which a program might have written them down. */
import type { KeyObject } from 'node:crypto'

/** A secret with what each encoding writes differently. */
export const canary = (name: string): string => `Kanari ${name} "é\\<密>&+/=%~`

/** The forms in which somebody could know a private key again: its numbers, and the lines of its text. */
export function keyCanaries(name: string, key: KeyObject): Record<string, string> {
  const { d = '', p = '' } = key.export({ format: 'jwk' })
  const found: Record<string, string> = {
    [`${name}: exponent`]: Buffer.from(d, 'base64url').subarray(40, 80).toString('base64'),
  }
  for (const [part, text] of [
    ['d', d],
    ['p', p],
  ] as const) {
    found[`${name}: ${part}`] = Buffer.from(text, 'base64url').toString('hex').slice(20, 100)
  }
  for (const type of ['pkcs1', 'pkcs8'] as const) {
    const lines = key.export({ type, format: 'pem' }).toString().split('\n')
    // Beyond the modulus, which the public key has too.
    found[`${name}: ${type}`] = lines[14] ?? ''
  }
  return found
}

const base64Forms = (bytes: Buffer): string[] =>
  // What stands before shifts the letters, so each of the three shifts is its own text.
  [0, 1, 2].flatMap((shift) => {
    const letters = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The letters at either end hold bits of a neighbour.
    const inner = letters.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })

/** Every form of one secret, as bytes. */
export function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret)
  const inJson = JSON.stringify(secret).slice(1, -1)
  const inHtml = secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  const texts = [
    secret,
    inJson,
    JSON.stringify(inJson).slice(1, -1),
    inJson.replaceAll('/', '\\/'),
    inJson.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    inHtml,
    encodeURIComponent(secret),
    encodeURIComponent(inJson),
    encodeURIComponent(encodeURIComponent(secret)),
    new URLSearchParams({ x: secret }).toString().slice(2),
    new URLSearchParams({ x: inJson }).toString().slice(2),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64Forms(bytes),
    ...base64Forms(Buffer.from(inJson)),
  ]
  const utf16 = Buffer.from(secret, 'utf16le')
  const forms = [
    ...texts.map((text) => Buffer.from(text)),
    utf16,
    Buffer.from(utf16).swap16(),
    ...[0, 1].map((odd) =>
      // As UTF-16 in base64, at either shift that still is whole letters.
      Buffer.from(base64Forms(utf16)[odd] ?? ''),
    ),
  ]
  return [...new Map(forms.map((form) => [form.toString('latin1'), form])).values()]
}

export interface Place {
  readonly name: string
  readonly bytes: Buffer
}

/** Where which secret was found, by their names. */
export function findCanaries(secrets: Readonly<Record<string, string>>, places: readonly Place[]): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const forms = formsOf(secret)
    return places
      .filter(({ bytes }) => forms.some((form) => bytes.includes(form)))
      .map((place) => `${name} in ${place.name}`)
  })
}
