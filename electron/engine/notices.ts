/** What is wrong now, for the operator: one notice a code, gone when it is over. */
import type { Notice } from '#shared/contract/entries/system.ts'
import type { Failure } from '#shared/contract/errors.ts'

export class Notices {
  readonly #notices = new Map<string, Notice>()
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** @param key what it is about, so that it can be taken back */
  raise(key: string, failure: Failure): void {
    const present = this.#notices.get(key)
    const params = failure.params ?? {}
    if (present?.code === failure.code && JSON.stringify(present.params) === JSON.stringify(params)) return
    this.#notices.set(key, { code: failure.code, params, since: present?.since ?? Date.now() })
    this.#changed()
  }

  clear(key: string): void {
    if (this.#notices.delete(key)) this.#changed()
  }

  list(): Notice[] {
    return [...this.#notices.values()]
  }
}
