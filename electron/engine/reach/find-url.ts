/** Finds a public address in a program's output by a pattern that an operator wrote. */
import { createContext, runInContext } from 'node:vm'
import { patternLimit, publicUrl } from '#shared/contract/entries/reach.ts'

/** So much of a line is looked at, in characters. */
export const lineLimit = 4096
/** So long may one look take, in milliseconds: some patterns never end on some lines. */
const lookMs = 100

/**
 * @param pattern a regular expression; its first group is the address, or all that fits
 * @param line one line of output
 * @returns null where there is none, where it is no address, and where looking took too long
 */
export function findUrl(pattern: string, line: string): string | null {
  const text = line.slice(0, lineLimit)
  // In a context of its own, since only there a time limit can be set; it is given two strings and nothing else.
  const context = createContext(Object.assign(Object.create(null) as object, { pattern, text }), {
    codeGeneration: { strings: false, wasm: false },
  })
  let found: unknown
  try {
    found = runInContext(
      `(() => { const fits = new RegExp(pattern.slice(0, ${patternLimit}), 'u').exec(text); return fits && (fits[1] ?? fits[0]) })()`,
      context,
      { timeout: lookMs },
    )
  } catch {
    return null
  }
  const read = publicUrl.safeParse(found)
  return read.success ? read.data : null
}
