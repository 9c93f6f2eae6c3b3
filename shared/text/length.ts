/** Lengths of texts as a platform may count them. */

export type LengthUnit = 'code-points' | 'utf16' | 'utf8'

const encoder = new TextEncoder()

/** Length of a text in the unit that the connection counts in. */
export function lengthOf(text: string, unit: LengthUnit): number {
  if (unit === 'utf16') return text.length
  if (unit === 'utf8') return encoder.encode(text).length
  // A pair of surrogates is one code point of two units.
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}
