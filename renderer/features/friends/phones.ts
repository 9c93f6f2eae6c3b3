/** Phone numbers out of whatever was pasted: one a line, parted by commas, or a column of a table. */

/** Longest number that the platform takes. */
export const longestPhone = 11

export interface Phones {
  /** Each once, in the order in which they came. */
  valid: string[]
  /** What looks like a number and cannot be one. */
  wrong: string[]
  /** How many were named again. */
  repeated: number
}

/** `+86 138-0013-8000` and `(138) 00138000` as `13800138000`. */
function bare(text: string): string {
  const digits = text.replace(/[\s().·-]/gu, '')
  return /^(\+|00)86\d{11}$/.test(digits) ? digits.slice(-longestPhone) : digits.replace(/^\+/, '')
}

export function phonesOf(text: string): Phones {
  const valid = new Set<string>()
  const wrong = new Set<string>()
  let repeated = 0
  const pieces = text
    .normalize('NFKC')
    .split(/[\n\r,;\t、|]+/u)
    .map((piece) => piece.trim().replace(/^["']|["']$/g, ''))
  for (const piece of pieces) {
    const number = bare(piece)
    // A column of names or a heading is no number.
    if (!/\d{3}/.test(number)) continue
    if (!/^\d+$/.test(number) || number.length > longestPhone) {
      // A name that holds a number is a name: only what is mostly digits was meant as one.
      if (number.replace(/\D/g, '').length * 2 > number.length) wrong.add(piece)
    } else if (valid.has(number)) repeated += 1
    else valid.add(number)
  }
  return { valid: [...valid], wrong: [...wrong], repeated }
}
