/** JSON that keeps the digits of large numbers. */

/** A number that a JavaScript number cannot hold exactly, as it was written. */
export class ExactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown

/**
 * Parses JSON; an integer beyond 2^53 becomes an ExactNumber instead of a rounded one.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value) && String(value) !== source
      ? new ExactNumber(source)
      : value,
  )
}

/** @returns whether the value is a JSON object, neither list nor null */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

/** @returns what kind of JSON value it is, for a sentence about a wrong one */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof ExactNumber) return 'a number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
