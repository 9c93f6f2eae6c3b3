/** Links in hostile text: only http and https become links; everything else stays text. */

export interface Piece {
  text: string
  /** Set where the piece is a link that may be opened. */
  href?: string
}

/** @returns the address as the browser will read it; undefined for any other scheme */
export function httpLink(text: string): string | undefined {
  try {
    const url = new URL(text.trim())
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined
  } catch {
    return undefined
  }
}

/**
 * The host that a link leads to, where what is written looks like another: a user name before an `@`, letters of
 * another script (which the address shows as `xn--…`), hidden characters, escapes.
 *
 * @param text the link as it is written
 * @param href the same as the browser reads it
 * @returns null where what is written is where it leads
 */
export function trueHost(text: string, href: string): string | null {
  const { host, port, protocol } = new URL(href)
  const written = /^\s*https?:\/\/([^/?#]*)/i.exec(text)?.[1]?.toLowerCase()
  const withPort = port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
  return written === host || written === withPort ? null : host
}

/** Cuts a text into words and links. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'，。；、！？）】》]+/gi)) {
    // A full stop or bracket at the end belongs to the sentence.
    const link = match[0].replace(/[.,;:!?)\]]+$/, '')
    const href = httpLink(link)
    if (!href) continue
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) })
    pieces.push({ text: link, href })
    end = match.index + link.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end) })
  return pieces
}

/** Where the engine's media proxy gives a picture; pictures are never fetched from their own address. */
export const mediaUrl = (robotId: string, link: string): string =>
  `/media?robot=${encodeURIComponent(robotId)}&url=${encodeURIComponent(link)}`
