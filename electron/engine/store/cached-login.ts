/** Takes the cached log-in that 1001 may carry out of a body, whatever the body's form. */

/** Backslash, quote and brackets as JSON has them, and as HTML and form bodies write them. */
const backslash = String.raw`(?:\\|%5C)`
const quote = '(?:"|&quot;|&#34;|%22|%26quot%3B)'
const blanks = String.raw`(?:\s|%20|%09|%0A|%0D|\+|(?:\\|%5C)+[tnr])*`
const begin = new RegExp(`cache_info${blanks}(${backslash}*)(${quote})${blanks}(?::|%3A)${blanks}`, 'gi')
const tokens = new RegExp(`${backslash}+|${quote}|[{}[\\]]|%7B|%7D|%5B|%5D`, 'gi')

const countBackslashes = (text: string): number => text.length / (text.startsWith('%') ? 3 : 1)
const opens = /^(?:[{[]|%7B|%5B)$/i
const closes = /^(?:[}\]]|%7D|%5D)$/i

/**
 * Where the value that begins at `start` ends: a text with its quotes, an object or a list with its brackets.
 *
 * @param escapes backslashes before each quote of that depth: JSON inside JSON has 1, inside that 3
 * @returns `start` where neither begins there; the text's end where the value is cut off
 */
function endOfValue(text: string, start: number, escapes: number): number {
  let inText = false
  let depth = 0
  let end = start
  let run = 0
  let runStart = start
  tokens.lastIndex = start
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const token = match[0]
    const before = match.index === end ? run : 0
    if (end === start && match.index !== start) return start
    end = tokens.lastIndex
    run = 0
    if (/^(?:\\|%5C)/i.test(token)) {
      run = countBackslashes(token)
      runStart = match.index
    } else if (opens.test(token)) {
      if (!inText) depth += 1
    } else if (closes.test(token)) {
      if (!inText) depth -= 1
    } else if (before < escapes) {
      // The text around it ends, as where a person wrote these very words: the value goes no further.
      return before > 0 ? runStart : match.index
    } else if (before % (2 * (escapes + 1)) === escapes) {
      // Any other quote is part of the text.
      inText = !inText
    }
    const isBackslash = run > 0
    if (!isBackslash && !inText && depth <= 0) return end
  }
  return end === start ? start : text.length
}

/** The body's text with `***` in place of every `cache_info` that is a text, an object or a list. */
export function withoutCachedLogin(text: string): string {
  let clean = ''
  let done = 0
  begin.lastIndex = 0
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const [, slashes = '', mark = '"'] = match
    const start = begin.lastIndex
    const end = endOfValue(text, start, slashes === '' ? 0 : countBackslashes(slashes))
    if (end === start) continue
    clean += `${text.slice(done, start)}${slashes}${mark}***${slashes}${mark}`
    done = end
    begin.lastIndex = end
  }
  return clean + text.slice(done)
}

const underscore = 0x5f

/**
 * Whether a body may carry a cached log-in. Nearly none does, and most have no underscore at all, which is found out for
 * a tenth of what it costs to look for the name.
 */
export const mayHaveCachedLogin = (body: Buffer): boolean =>
  body.includes(underscore) && /cache_info/i.test(body.toString('latin1'))
