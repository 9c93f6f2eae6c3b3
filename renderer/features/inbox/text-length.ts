/** Lengths as the platform's limit counts them by default: code points. */

/** The most that goes out as one part (PROTOCOL §2, `msg_content`). */
export const partLimit = 256

export const countOf = (text: string): number => Array.from(text.trim()).length

/** In how many parts a text of that length goes out, at least. */
export const partsOf = (count: number): number => Math.max(1, Math.ceil(count / partLimit))
