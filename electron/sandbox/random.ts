/** A stream of numbers that one seed fixes: the same seed makes the same world. */
export interface Random {
  /** @returns a number in [0, 1) */
  next(): number
  /** @returns an integer from `least` to `greatest`, both included */
  between(least: number, greatest: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  pick<T>(items: readonly T[]): T | undefined
  hex(length: number): string
  /** Decimal digits, the first of them 1 to 9. */
  digits(length: number): string
}

/** @param parts what the stream depends on, e.g. the seed and a robot's number */
export function randomFrom(...parts: readonly (string | number)[]): Random {
  let state = fold(parts.join('\u0000'))
  // Marsaglia's xorshift, scrambled by a product: small, and good enough for who says what.
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (Math.imul(state, 0x9e3779b1) >>> 0) / 2 ** 32
  }
  const between = (least: number, greatest: number): number => least + Math.floor(next() * (greatest - least + 1))
  const letters = (alphabet: string, length: number): string => {
    let text = ''
    while (text.length < length) text += alphabet.charAt(between(0, alphabet.length - 1))
    return text
  }
  return {
    next,
    between,
    pick: <T>(items: readonly T[]): T => items[between(0, items.length - 1)] as T,
    hex: (length) => letters('0123456789abcdef', length),
    digits: (length) => letters('123456789', 1) + letters('0123456789', length - 1),
  }
}

function fold(text: string): number {
  let hash = 2166136261
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619)
  return hash || 1
}
