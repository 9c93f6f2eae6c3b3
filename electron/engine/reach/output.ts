/** What a program prints, as lines, read no faster than it can be looked at. */
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'

/** So much of a line is looked at, in characters. */
export const lineLimit = 4096
/** A program that prints more than this at once, in characters, is made to wait after it. */
const burst = 16_384
/** How long, in milliseconds: what floods its output shall not keep the main loop busy. */
const burstPauseMs = 20

/**
 * Hears whole lines, each cut to what is looked at, until the stream ends. Never rejects.
 *
 * @param hear the next lines are read when it is done
 */
export async function readLines(stream: Readable, hear: (lines: string[]) => Promise<void>): Promise<void> {
  let rest = ''
  try {
    for await (const piece of stream.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + piece).split(/\r?\n|\r/)
      // A program that never ends its line takes no room.
      rest = (lines.pop() ?? '').slice(-lineLimit)
      if (lines.length > 0) await hear(lines.map((line) => line.slice(0, lineLimit)))
      if (piece.length >= burst) await wait(burstPauseMs, undefined, { ref: false })
    }
    if (rest !== '') await hear([rest])
  } catch {
    // It ended in the midst of it.
  }
}
