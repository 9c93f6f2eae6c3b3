/**
 * Takes out of a program's output what may be a secret, before it is kept or shown: what was given to the program, in
 * whatever form it prints that, and what looks like a secret though nobody here knows it.
 */
import { stripVTControlCharacters } from 'node:util'
import { lineLimit } from './output.ts'

const mask = '***'
/** So much of a line is shown, in characters. */
const shownLimit = 500
/** From this length on a text is hidden wherever it stands; a shorter one where it stands by itself. */
const longEnough = 8
/** From this length on a value is taken for a secret whatever its name, and a piece of one at a line’s cut end for one. */
const pieceFrom = 4

const secretNames =
  'token|secret|pass(?:w(?:or)?d|phrase)?|pwd|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|auth'
/** `--token`, `auth.secretKey`: the name of something that is to stay secret. */
const isSecretName = new RegExp(secretNames, 'i')
/** Values that say nothing, and without which output cannot be read. */
const isPlain = /^(?:true|false|yes|no|on|off|none|https?|\d{1,5})$/i

/** Quantifiers have bounds: no line makes one of these slow. */
const looks: readonly (readonly [RegExp, string])[] = [
  [/((?:bearer|basic|digest)\s{1,5})[\w.~+/=-]{4,4000}/gi, `$1${mask}`],
  [
    new RegExp(
      `([\\w.-]{0,40}(?:${secretNames})[\\w.-]{0,40}["']?\\s{0,5}[:=]\\s{0,5}["']?)(?!${'\\*'.repeat(3)})(?!(?:bearer|basic|digest)\\s)[^\\s"',;&]{1,4000}`,
      'gi',
    ),
    `$1${mask}`,
  ],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,2000}@/gi, `$1${mask}@`],
  [/([?&][^\s=&?]{1,100}=)[^\s&"'#]{1,4000}/g, `$1${mask}`],
  [/\beyJ[\w+/=.-]{16,4000}/g, mask],
  // Long, and of letters and digits without order: no word, and no name of a host.
  [/(?<![\w+=])(?=[A-Za-z+=_]{0,200}\d)(?=[\d+=_]{0,200}[A-Za-z])[\w+=]{32,4000}/g, mask],
]

/** In how many ways a text may come out again. */
function formsOf(given: string): string[] {
  // Half of a pair cannot be encoded, and comes out as what stands for it.
  const text = given.toWellFormed()
  const bytes = Buffer.from(text)
  const whole = [
    given,
    text,
    encodeURIComponent(text),
    encodeURI(text),
    JSON.stringify(text).slice(1, -1),
    ...(text.length >= longEnough ? [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')] : []),
  ]
  // Of a key in several lines each line is one.
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  return lines.length > 1 ? [...whole, ...lines.filter((line) => line.length >= longEnough)] : whole
}

/** The parts of an address that may be secret. */
function partsOfUrl(text: string): string[] {
  if (!URL.canParse(text)) return []
  const { username, password, searchParams, pathname, hash } = new URL(text)
  const plain = [username, password].map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
  return [...plain, username, password, ...searchParams.values(), ...pathname.split('/').filter(isLong), hash.slice(1)]
}

const isLong = (text: string): boolean => text.length >= longEnough

/**
 * What may be secret in a program's arguments: those that are long, and in all of them what stands behind a name
 * (`--token=abc`, `Authorization: abc`), follows one (`--token abc`), or is part of an address.
 */
export function secretsIn(args: readonly string[]): string[] {
  return args.flatMap((argument, index) => {
    const [, name = '', value = ''] = /^([\w.-]{1,200})\s*[=:]\s*(.*)$/s.exec(argument) ?? []
    const before = args[index - 1] ?? ''
    const isOption = /^-/.test(before) && !/^-/.test(argument)
    const follows = isOption && (isSecretName.test(before) || argument.length >= pieceFrom)
    const named = isSecretName.test(name) || value.length >= pieceFrom
    return [
      ...(follows || (name === '' && isLong(argument)) ? [argument] : []),
      ...(named ? [value, ...value.split(/\s+/).slice(1)] : []),
      ...partsOfUrl(argument),
      ...partsOfUrl(value),
    ].filter((text) => text !== '' && !isPlain.test(text))
  })
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)

/** Replaces a known secret. */
function without(line: string, secret: string): string {
  if (isLong(secret)) return line.replaceAll(secret, mask)
  return line.replace(new RegExp(`(?<![A-Za-z0-9])${escaped(secret)}(?![A-Za-z0-9])`, 'g'), mask)
}

/** Replaces what a cut left of a secret at either end of a line. */
function withoutPieces(line: string, secrets: readonly string[]): string {
  let text = line
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, text.length); length >= pieceFrom; length -= 1) {
      if (text.endsWith(secret.slice(0, length))) text = text.slice(0, -length) + mask
      if (text.startsWith(secret.slice(-length))) text = mask + text.slice(length)
    }
  }
  return text
}

/**
 * @param lines what was printed, each line at most as long as is read of one
 * @param known texts that are secret, or may be
 * @returns the same lines, to be shown
 */
export function hideSecrets(lines: readonly string[], known: readonly string[]): string[] {
  const forms = [...new Set(known.flatMap(formsOf))].filter((text) => text.trim() !== '')
  // The longest first: a short one may be part of it.
  forms.sort((a, b) => b.length - a.length)
  let isKey = false
  return lines.map((printed) => {
    // Colours may stand in the middle of a word.
    const line = stripVTControlCharacters(printed).replace(/\p{Cc}/gu, '')
    const begins = /-----BEGIN [A-Z ]{0,40}KEY-----/.test(line)
    if (begins) isKey = true
    if (isKey) {
      if (/-----END [A-Z ]{0,40}KEY-----/.test(line)) isKey = false
      return mask
    }
    let text = forms.reduce(without, line)
    if (printed.length >= lineLimit) text = withoutPieces(text, forms)
    text = text.slice(0, 2 * shownLimit)
    for (const [look, instead] of looks) text = text.replace(look, instead)
    return text.slice(0, shownLimit)
  })
}
