/**
 * Carries values between Node and a page as text, in the way of the structured clone: what that refuses is
 * refused, and `undefined` survives. Values of kinds that the application never sends are refused by name,
 * since a stand-in that guessed would be worth nothing.
 *
 * Each function stands for itself: its source is also run in the page.
 */

export type Encoded =
  readonly ['u'] | readonly ['v', unknown] | readonly ['a', Encoded[]] | readonly ['o', [string, Encoded][]]

/** Encodes a value. @throws Error in Electron's words when the structured clone would refuse it */
export function encode(value: unknown): Encoded {
  const walk = (part: unknown): Encoded => {
    if (part === undefined) return ['u']
    if (part === null || typeof part === 'string' || typeof part === 'boolean') return ['v', part]
    if (typeof part === 'number' && Number.isFinite(part)) return ['v', part]
    if (Array.isArray(part)) return ['a', part.map(walk)]
    if (typeof part === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(part) as object | null)) {
      return ['o', Object.entries(part).map(([name, item]) => [name, walk(item)])]
    }
    throw new Error(`The stand-in carries plain data only, not ${Object.prototype.toString.call(part)}`)
  }
  let copy: unknown
  try {
    copy = structuredClone(value)
  } catch {
    throw new Error('An object could not be cloned.')
  }
  return walk(copy)
}

/** The reverse of `encode`. */
export function decode(encoded: Encoded): unknown {
  const walk = (part: Encoded): unknown => {
    switch (part[0]) {
      case 'u':
        return undefined
      case 'v':
        return part[1]
      case 'a':
        return part[1].map(walk)
      case 'o':
        return Object.fromEntries(part[1].map(([name, item]) => [name, walk(item)]))
    }
  }
  return walk(encoded)
}
