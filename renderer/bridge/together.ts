/** Tells what comes in a short time together, so that many messages a second leave the page time for its operator. */
import type { Bridge } from '#shared/contract/bridge.ts'
import type { ContractEvent } from '#shared/contract/events.ts'

/** About a frame, in milliseconds. */
const togetherMs = 20

/** One listener's events: what comes alone is told at once, what follows closely with what else comes in that time. */
class Held {
  readonly #listener: (events: readonly ContractEvent[]) => void
  #events: ContractEvent[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #toldAt = -togetherMs

  constructor(listener: (events: readonly ContractEvent[]) => void) {
    this.#listener = listener
  }

  hear(events: readonly ContractEvent[]): void {
    this.#events.push(...events)
    if (this.#timer !== undefined) return
    const left = this.#toldAt + togetherMs - performance.now()
    // Behind other windows a browser lets timers wait for a second.
    if (left <= 0 || document.hidden) this.tell()
    else this.#timer = setTimeout(() => this.tell(), left)
  }

  tell(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#events.length === 0) return
    const events = this.#events
    this.#events = []
    try {
      this.#listener(events)
    } catch (error) {
      // A listener's fault is told as any other of the page, and is not the answer of a call.
      setTimeout(() => {
        throw error
      })
    }
    // From here on: the drawing has its share of the time, however long the telling took.
    this.#toldAt = performance.now()
  }
}

/**
 * The same bridge, whose events come in fewer pieces: each piece is drawn once, and two hundred a second leave no time for
 * a key to show. The order of events, answers and states of the link stays.
 */
export function together(bridge: Bridge): Bridge {
  const all = new Set<Held>()
  const tellAll = (): void => all.forEach((held) => held.tell())
  return {
    host: bridge.host,
    ...(bridge.desktop && { desktop: bridge.desktop }),
    setLocale: (locale) => bridge.setLocale(locale),
    async call(entry, input) {
      const answer = await bridge.call(entry, input)
      tellAll()
      return answer
    },
    onEvents(listener) {
      const held = new Held(listener)
      all.add(held)
      const end = bridge.onEvents((events) => held.hear(events))
      return () => {
        end()
        held.tell()
        all.delete(held)
      }
    },
    onLink: (listener) =>
      bridge.onLink((state) => {
        tellAll()
        listener(state)
      }),
  }
}
