/** JSON as the platform writes it: identifiers of 19 digits as bare numbers, which `JSON.parse` would round. */

import type { Tolerance } from '#shared/contract/reading.ts'

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** A bare number long enough to be rounded; where the text has none, the fast way is exact. */
const longNumber = /(?:^|[[:,])\s*-?[\d.eE+-]{15}/

/** Deepest nesting that is read. Nothing of the platform's has ten; whatever walks through a value calls itself for each. */
const depthLimit = 512

/** Whether brackets are nested deeper than that, as far as they stand outside of texts. */
function isTooDeep(text: string): boolean {
  // Each level takes two characters.
  if (text.length <= 2 * depthLimit) return false
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (inText) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) inText = false
    } else if (code === 0x22) inText = true
    else if (code === 0x5b || code === 0x7b) {
      depth += 1
      if (depth > depthLimit) return true
    } else if (code === 0x5d || code === 0x7d) depth -= 1
  }
  return false
}

/**
 * Reads JSON. A number that a double cannot hold exactly comes back as the text that stood there.
 *
 * @param notes gets the word for a number that had to be kept as text
 * @throws SyntaxError as JSON.parse does, and for what is nested more than 512 deep
 */
export function parseJson(text: string, notes?: Tolerance[]): Json {
  if (isTooDeep(text)) throw new SyntaxError('nested too deep')
  if (!longNumber.test(text)) return JSON.parse(text) as Json
  return JSON.parse(text, (_key, value: Json, context?: { source?: string }) => {
    if (typeof value !== 'number' || context?.source === undefined) return value
    if (String(value) === context.source) return value
    notes?.push('long-number')
    return context.source
  }) as Json
}

/** As {@link parseJson}, but undefined where the text is no JSON. */
export function tryParseJson(text: string, notes?: Tolerance[]): Json | undefined {
  try {
    return parseJson(text, notes)
  } catch {
    return undefined
  }
}

export const isObject = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as text: an identifier that came as a number keeps its digits. Undefined for what is no single value. */
export function asText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return undefined
}

/** An object's fields by name, without regard to case and surrounding blanks (PROTOCOL §3). The first of two that is not null wins. */
export class Fields {
  readonly #fields = new Map<string, Json>()
  readonly #object: Record<string, Json>
  /** Where tolerances are noted that reading these fields needs; null where nobody wants to know. */
  readonly notes: Tolerance[] | null

  constructor(object: Record<string, Json>, notes: Tolerance[] | null = null) {
    this.#object = object
    this.notes = notes
    for (const [name, value] of Object.entries(object)) {
      const folded = name.trim().toLowerCase()
      if ((this.#fields.get(folded) ?? null) === null) this.#fields.set(folded, value)
    }
  }

  /** The value of the first of `names` that is there and not null. */
  get(...names: string[]): Json | undefined {
    for (const name of names) {
      const value = this.#fields.get(name.toLowerCase())
      if (value === undefined || value === null) continue
      if (this.notes && !Object.hasOwn(this.#object, name)) this.notes.push('odd-names')
      return value
    }
    return undefined
  }

  /** The same as trimmed text; undefined where absent, empty or no single value. */
  text(...names: string[]): string | undefined {
    for (const name of names) {
      const text = asText(this.get(name))?.trim()
      if (text) return text
    }
    return undefined
  }

  entries(): IterableIterator<[string, Json]> {
    return this.#fields.entries()
  }
}
