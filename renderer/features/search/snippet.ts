/** A hit in its context: the piece of a text around the first match, with all matches in it marked. */

export interface Piece {
  text: string
  hit: boolean
}

/** As the engine's search compares. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase()

/** How much of a text stands before its first match, in signs. */
const before = 14
const longest = 140

/** The text folded, and for each of its units where it came from. */
function foldWithPlaces(text: string): { folded: string; places: number[] } {
  let folded = ''
  const places: number[] = []
  let at = 0
  for (const sign of text) {
    const piece = fold(sign)
    places.push(...Array.from({ length: piece.length }, () => at))
    folded += piece
    at += sign.length
  }
  places.push(at)
  return { folded, places }
}

/** Where the pieces of the query stand in the text, from first to last, without overlap. */
function matchesIn(text: string, query: string): { from: number; to: number }[] {
  const { folded, places } = foldWithPlaces(text)
  const found: { from: number; to: number }[] = []
  for (const word of new Set(fold(query).split(/\s+/u).filter(Boolean))) {
    for (let at = folded.indexOf(word); at !== -1; at = folded.indexOf(word, at + word.length)) {
      const last = places[at + word.length - 1] ?? text.length
      const end = last + (String.fromCodePoint(text.codePointAt(last) ?? 32).length || 1)
      found.push({ from: places[at] ?? 0, to: Math.min(end, text.length) })
    }
  }
  found.sort((one, other) => one.from - other.from || other.to - one.to)
  const apart: typeof found = []
  for (const one of found) {
    const last = apart.at(-1)
    if (last && one.from < last.to) last.to = Math.max(last.to, one.to)
    else apart.push(one)
  }
  return apart
}

/** A text with its matches marked; the whole of it. */
export function marked(text: string, query: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const { from, to } of matchesIn(text, query)) {
    if (from > at) pieces.push({ text: text.slice(at, from), hit: false })
    pieces.push({ text: text.slice(from, to), hit: true })
    at = to
  }
  if (at < text.length) pieces.push({ text: text.slice(at), hit: false })
  return pieces
}

/** The same of a long text, cut to what is around the first match. */
export function snippet(text: string, query: string): Piece[] {
  const line = text.replace(/\s+/g, ' ').trim()
  const [first] = matchesIn(line, query)
  const signs = [...line.slice(0, first?.from ?? 0)]
  const start = signs.length > before + 4 ? signs.slice(0, signs.length - before).join('').length : 0
  const cut = [...line.slice(start)].slice(0, longest).join('')
  const pieces = marked(cut, query)
  if (start > 0) pieces.unshift({ text: '…', hit: false })
  return pieces
}
