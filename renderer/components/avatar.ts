/** Colours and letters of avatars. */
import type { Robot } from '#shared/contract/entries/robots.ts'
import { peopleColors, robotColors } from '@/app/theme/tokens.ts'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The first letter, sign or emoji of a name, as it is drawn. */
export function initialOf(name: string): string {
  for (const { segment } of graphemes.segment(name.trim())) {
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(segment)) return segment.toLocaleUpperCase()
  }
  return '#'
}

/** The same colour for the same person wherever they appear. */
export function personColor(id: string): string {
  // FNV-1a: numbers that differ in one digit should not look alike.
  let hash = 0x811c9dc5
  for (const sign of id) hash = Math.imul(hash ^ (sign.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return peopleColors[hash % peopleColors.length] ?? peopleColors[0]
}

/** A robot's own colour, the same everywhere. */
export const robotColor = (robot: Robot | undefined): string => robotColors[robot?.color ?? 0] ?? robotColors[0]

/** A robot's name, or its number where it has none. */
export const robotName = (robot: Robot | undefined): string => robot?.name || robot?.serialNo || ''
