/**
 * Finds a public address in a program's output by a pattern that an operator wrote. Patterns there are that never end on
 * some lines, so it is tried in a thread of its own: the main loop waits for none of it, and that thread can be ended.
 */
import { Worker } from 'node:worker_threads'
import { publicUrl } from '#shared/contract/entries/reach.ts'

/** How long one look at what was printed may take, in milliseconds. */
const usualLookMs = 3000

/**
 * What runs in the thread: it is given the pattern and lines, and says what fits, the first group or all that fits, as soon
 * as it has it: the line after an address may have no end. Null follows the last line.
 */
const searcher = `
const { parentPort, workerData } = require('node:worker_threads')
const pattern = new RegExp(workerData, 'u')
parentPort.on('message', (lines) => {
  for (const line of lines) {
    const fits = pattern.exec(line)
    if (fits) parentPort.postMessage(fits[1] ?? fits[0])
  }
  parentPort.postMessage(null)
})
`
/** Room for a pattern and some lines, in megabytes. */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 }

/** What a search came to: an address, or that the pattern does not come to an end. */
export type SearchResult = { url: string } | 'slow'

export class AddressSearch {
  readonly #worker: Worker
  readonly #lookMs: number
  readonly #outcome = Promise.withResolvers<SearchResult>()
  readonly #ready: Promise<unknown>
  /** One look after the other. */
  #turn: Promise<void> = Promise.resolve()
  #isOver = false
  /** Told when a look has ended: whether it came to the last line. */
  #ended: (isWhole: boolean) => void = () => undefined

  /** @param pattern a regular expression that can be read */
  constructor(pattern: string, lookMs = usualLookMs) {
    this.#lookMs = lookMs
    this.#worker = new Worker(searcher, { eval: true, workerData: pattern, env: {}, execArgv: [], resourceLimits })
    this.#worker.unref()
    this.#ready = new Promise((resolve) => this.#worker.once('online', resolve).once('exit', resolve))
    this.#worker.on('message', (fit: string | null) => (fit === null ? this.#ended(true) : this.#take(fit)))
    // Out of memory, which only a pattern can bring about.
    this.#worker.on('error', () => this.#ended(false))
  }

  /** The first address that is found. Pending for ever where there is none, and after `end`. */
  get outcome(): Promise<SearchResult> {
    return this.#outcome.promise
  }

  /** Whether there is nothing more to look for. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Looks at lines; those who bring more wait for it, so that nothing piles up. Never rejects. */
  look(lines: readonly string[]): Promise<void> {
    this.#turn = this.#turn.then(() => this.#once(lines))
    return this.#turn
  }

  async #once(lines: readonly string[]): Promise<void> {
    await this.#ready
    if (this.#isOver) return
    const isWhole = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#lookMs)
      this.#ended = (is) => {
        clearTimeout(timer)
        resolve(is)
      }
      this.#worker.postMessage(lines)
    })
    if (!isWhole) this.#settle('slow')
  }

  #take(fit: string): void {
    const read = publicUrl.safeParse(fit)
    if (read.success) this.#settle({ url: read.data })
  }

  #settle(outcome: SearchResult): void {
    if (this.#isOver) return
    this.#outcome.resolve(outcome)
    this.end()
  }

  /** Looks no further. */
  end(): void {
    this.#isOver = true
    this.#ended(false)
    void this.#worker.terminate()
  }
}
