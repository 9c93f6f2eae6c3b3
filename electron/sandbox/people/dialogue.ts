/** What one person says next: a small script by topic and language. */
import type { Language } from '../model.ts'
import type { Random } from '../random.ts'
import { ja, zh, type Lines, type Subject } from './lines.ts'
import { ar, en, th } from './lines-more.ts'

const linesOf: Readonly<Record<Language, Lines>> = { zh, en, th, ja, ar }

/** One person's side of a conversation. Nothing is said twice before everything was said. */
export class Dialogue {
  readonly #lines: Lines
  readonly #random: Random
  readonly #said = new Set<string>()
  #follow: readonly string[] = []
  /** Whether the person spoke last. */
  waiting = false
  #nudged = false

  constructor(language: Language, random: Random) {
    this.#lines = linesOf[language]
    this.#random = random
  }

  /** Speaks unasked: begins a topic, or asks once whether anybody is there. @returns null to stay silent */
  begin(): string | null {
    if (this.waiting) {
      if (this.#nudged) return null
      this.#nudged = true
      return this.#one(this.#lines.nudges)
    }
    const open = this.#one(this.#lines.topics.map((topic) => topic.open))
    this.#follow = this.#lines.topics.find((topic) => topic.open === open)?.follow ?? []
    this.waiting = true
    return open
  }

  /** Words that go with a picture. */
  withPicture(): string {
    this.waiting = true
    return this.#one(this.#lines.withPicture)
  }

  /** Speaks in a group. */
  chat(): string {
    return this.#one(this.#lines.chatter)
  }

  /** Answers what was written to the person. */
  answer(type: string, text: string): string {
    this.#nudged = false
    this.waiting = true
    const { replies } = this.#lines
    if (type === '1') return this.#one(replies.picture)
    const subject = this.#subjectOf(text)
    if (subject === 'thanks') {
      this.#follow = []
      this.waiting = false
      return this.#one(replies.thanks)
    }
    const [next, ...rest] = this.#follow
    if (next !== undefined && (subject === null || subject === 'greeting' || this.#random.next() < 0.6)) {
      this.#follow = rest
      this.#said.add(next)
      return next
    }
    return this.#one([...replies[subject ?? 'other'], ...(subject === null ? [] : replies.other)])
  }

  #subjectOf(text: string): Subject | null {
    const heard = Object.entries(this.#lines.heard) as [Subject, RegExp][]
    return heard.find(([, pattern]) => pattern.test(text))?.[0] ?? null
  }

  #one(lines: readonly string[]): string {
    const fresh = lines.filter((line) => !this.#said.has(line))
    if (fresh.length === 0) for (const line of lines) this.#said.delete(line)
    const line = this.#random.pick(fresh.length > 0 ? fresh : lines) ?? ''
    this.#said.add(line)
    return line
  }
}
