/**
 * When the writer tells what its transactions changed: together where more waits, since much of it is the same. A message
 * that goes passes through three states within a few milliseconds, which no window can show: what the outbox does is told
 * at once after a rest, and otherwise every 20 ms, each thing in the state that it has by then.
 */
import { Changes } from './changes.ts'

/** How long anything may stay untold while requests wait, or the outbox goes on, in milliseconds: about a frame of a screen. */
const soonMs = 20
/** How often robots are told, in milliseconds: counting their unread reads every conversation of theirs. */
const robotsMs = 50

export interface TellingOptions {
  /** Makes the events of changes that were committed, and sends them. */
  tell(changes: Changes): void
  /** Whether somebody waits for the thread. */
  isWanted(): boolean
}

export class Telling {
  readonly #options: TellingOptions
  #gathered = new Changes()
  #isEmpty = true
  #since = 0
  /** Whether all that is gathered is the outbox's. */
  #isPatient = true
  #toldAt = -soonMs
  #timer: NodeJS.Timeout | null = null
  #robots = new Changes(false)
  #robotsTimer: NodeJS.Timeout | null = null
  #robotsToldAt = -robotsMs

  constructor(options: TellingOptions) {
    this.#options = options
  }

  /**
   * Tells what a transaction changed as soon as nobody waits, and soon in any case.
   *
   * @param isPatient whether it may wait for what follows it where something was told a moment ago
   */
  add(changes: Changes, isPatient = false): void {
    this.#holdRobots(changes)
    this.#gathered.absorb(changes)
    const wasEmpty = this.#isEmpty
    if (wasEmpty) this.#since = performance.now()
    this.#isEmpty = false
    if (!isPatient) this.#isPatient = false
    if (wasEmpty || (!isPatient && this.#timer)) setImmediate(() => this.#look())
  }

  /** Keeps robots back that were told a moment ago. */
  #holdRobots(changes: Changes): void {
    if (changes.robotsTouched.size === 0) return
    const left = this.#robotsToldAt + robotsMs - performance.now()
    if (left <= 0) {
      this.#robotsToldAt = performance.now()
      return
    }
    for (const id of changes.robotsTouched) this.#robots.robot(id)
    changes.robotsTouched.clear()
    this.#robotsTimer ??= setTimeout(() => this.#tellRobots(), left)
  }

  #look(): void {
    if (this.#isEmpty || (this.#timer && this.#isPatient)) return
    const now = performance.now()
    const left = this.#toldAt + soonMs - now
    if (this.#isPatient && left > 0) {
      this.#timer = setTimeout(() => this.#flush(), left)
    } else if (this.#options.isWanted() && now - this.#since < soonMs) setImmediate(() => this.#look())
    else this.#flush()
  }

  #flush(): void {
    if (this.#isEmpty) return
    const gathered = this.#gathered
    this.#gathered = new Changes()
    this.#isEmpty = true
    this.#isPatient = true
    this.#toldAt = performance.now()
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    // What is being sent is told the next time, if it still is.
    if (gathered.claimed.size > 0) this.add(gathered.takeClaimed(), true)
    this.#options.tell(gathered)
  }

  #tellRobots(): void {
    this.#robotsTimer = null
    this.#robotsToldAt = performance.now()
    const touched = this.#robots
    this.#robots = new Changes(false)
    this.#options.tell(touched)
  }

  stop(): void {
    if (this.#robotsTimer) clearTimeout(this.#robotsTimer)
    if (this.#timer) clearTimeout(this.#timer)
  }
}
