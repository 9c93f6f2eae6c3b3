/** The calls that came, with what became of each. */
export interface CallRecord {
  /** Counts up; `since` of the admin interface. */
  readonly seq: number
  readonly at: number
  readonly ms: number
  readonly method: string
  readonly merchantNo: string
  readonly robotSerialNo: string
  /** The answer's vcSerialNo; empty where none was given. */
  readonly vcSerialNo: string
  readonly accepted: boolean
  readonly code: number
  readonly message: string
  /** `data` as it came, passwords replaced. */
  readonly data: string
  /** What was done wrong on purpose, if anything. */
  readonly fault: string | null
}

const kept = 1000

export class Journal {
  readonly #calls: CallRecord[] = []
  #seq = 0

  add(call: Omit<CallRecord, 'seq'>): void {
    this.#seq += 1
    this.#calls.push({ ...call, seq: this.#seq, data: redacted(call.data).slice(0, 4000) })
    if (this.#calls.length > kept * 1.1) this.#calls.splice(0, this.#calls.length - kept)
  }

  /** The newest calls after `since`, oldest first. */
  after(since: number, limit: number): readonly CallRecord[] {
    return this.#calls.filter((call) => call.seq > since).slice(-limit)
  }
}

/** The same JSON text without its passwords. */
export function redacted(data: string): string {
  return data.replace(/("password"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"***"')
}
