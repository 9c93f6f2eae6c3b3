/**
 * Terms of the search index, made by us, since no tokenizer of SQLite's finds Chinese of two characters.
 *
 * Scripts that are written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) give every pair of
 * neighbouring characters, and the last character of a run alone; so any two characters are a term, and one
 * character is the beginning of a term. All other words are terms as they are, found by their beginning; where
 * letters and digits meet, what follows is a term too. A hit of the index is a candidate: the text itself is checked afterwards ({@link containsQuery}).
 */

const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`
const runs = new RegExp(
  String.raw`([${unspaced}ー々\p{M}]+)|([\p{L}\p{N}\p{M}]+)|([\p{S}\p{Extended_Pictographic}])`,
  'gu',
)
const beginsUnspaced = new RegExp(String.raw`^[${unspaced}ー々]`, 'u')
const mixed = new RegExp(String.raw`[${unspaced}ー々]+\p{M}*|[^${unspaced}ー々]+`, 'gu')

/** Text as it is compared: compatibility forms and case folded away. */
export const normalise = (text: string): string => text.normalize('NFKC').toLowerCase()

/** Longest text of one message that goes into the index, in UTF-16 units. */
const indexedLength = 10_000

interface Run {
  text: string
  unspaced: boolean
}

function* runsOf(text: string): Generator<Run> {
  for (const [found] of text.matchAll(runs)) {
    // A word that mixes scripts (iPhone手机) is cut where the kind of writing changes.
    for (const [piece] of found.matchAll(mixed)) yield { text: piece, unspaced: beginsUnspaced.test(piece) }
  }
}

/** Every two neighbouring characters; none where there is only one. */
function pairsOf(text: string): string[] {
  const characters = [...text]
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`)
}

/** Terms of a message's text, separated by blanks, as the index takes them. */
export function indexTerms(text: string): string {
  const terms = new Set<string>()
  for (const run of runsOf(normalise(text.slice(0, indexedLength)))) {
    if (!run.unspaced) {
      terms.add(run.text)
      // The number in SF1099 is what an operator remembers of it.
      for (const [piece] of run.text.matchAll(/(?<=\P{N})\p{N}+|(?<=\p{N})\P{N}+/gu)) terms.add(piece)
      continue
    }
    for (const pair of pairsOf(run.text)) terms.add(pair)
    terms.add([...run.text].at(-1) ?? '')
  }
  return [...terms].join(' ')
}

const quote = (term: string): string => `"${term.replaceAll('"', '""')}"`

/**
 * The index query for what an operator typed.
 *
 * @returns an FTS5 expression; null when nothing in it is a term (punctuation only)
 */
export function indexQuery(query: string): string | null {
  const terms = new Set<string>()
  for (const run of runsOf(normalise(query))) {
    const pairs = run.unspaced ? pairsOf(run.text) : []
    if (pairs.length === 0) terms.add(`${quote(run.text)}*`)
    for (const pair of pairs) terms.add(quote(pair))
  }
  return terms.size > 0 ? [...terms].join(' AND ') : null
}

/** Whether the index would have to gather a great many terms for it: one character of a script without spaces. */
export function isOneCharacter(query: string): boolean {
  const [first, second] = runsOf(normalise(query))
  return first !== undefined && second === undefined && first.unspaced && pairsOf(first.text).length === 0
}

/** Whether a text holds every blank-separated piece of the query, whatever the case and width of its letters. */
export function containsQuery(text: string, query: string): boolean {
  const normal = normalise(text)
  return normalise(query)
    .split(/\s+/u)
    .every((piece) => normal.includes(piece))
}
