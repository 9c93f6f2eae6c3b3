/** Splits a text that is longer than the platform takes (PROTOCOL §2: messages.send does not refuse it). */
import { lengthOf, type LengthUnit } from './length.ts'

const segmenters = {
  sentence: new Intl.Segmenter(undefined, { granularity: 'sentence' }),
  word: new Intl.Segmenter(undefined, { granularity: 'word' }),
  grapheme: new Intl.Segmenter(undefined, { granularity: 'grapheme' }),
}
/** From the most welcome place for a cut to the least; inside a grapheme only when one alone is too long. */
const granularities = ['sentence', 'word', 'grapheme'] as const

function* segments(text: string, level: number, max: number, unit: LengthUnit): Generator<string> {
  const granularity = granularities[level]
  if (granularity === undefined) {
    yield* text
    return
  }
  for (const { segment } of segmenters[granularity].segment(text)) {
    if (lengthOf(segment, unit) <= max) yield segment
    else yield* segments(segment, level + 1, max, unit)
  }
}

/**
 * Splits at sentences, else words, else graphemes (an emoji with its modifiers, a flag, a Thai cluster stay
 * whole). Joined together the pieces are the text, but for blanks at a cut.
 *
 * @param max greatest length of a piece, counted in `unit`
 * @returns at least one piece, in order
 */
export function splitText(text: string, max: number, unit: LengthUnit): string[] {
  if (lengthOf(text, unit) <= max) return [text]
  const pieces: string[] = []
  let piece = ''
  let length = 0
  for (const segment of segments(text, 0, max, unit)) {
    const segmentLength = lengthOf(segment, unit)
    if (length > 0 && length + segmentLength > max) {
      pieces.push(piece)
      piece = ''
      length = 0
    }
    piece += segment
    length += segmentLength
  }
  pieces.push(piece)
  return pieces.map((part) => part.trim()).filter((part) => part !== '')
}
