/** Length as the connection counts it (PROTOCOL §2). */
import type { Advanced } from '#shared/contract/entries/connections.ts'

export type LengthUnit = Advanced['lengthUnit']

const encoder = new TextEncoder()

/** How long a text is in a unit. */
export function lengthIn(unit: LengthUnit, text: string): number {
  if (unit === 'utf16') return text.length
  if (unit === 'utf8') return encoder.encode(text).length
  return Array.from(text).length
}
