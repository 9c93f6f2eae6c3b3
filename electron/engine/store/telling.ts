/** When the writer tells what its transactions changed: together where more waits, since much of it is the same. */
import { Changes } from './changes.ts'

/** How long anything may stay untold while requests wait, in milliseconds: about a frame of a screen. */
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
  #robots = new Changes(false)
  #robotsTimer: NodeJS.Timeout | null = null
  #robotsToldAt = -robotsMs

  constructor(options: TellingOptions) {
    this.#options = options
  }

  /** Tells what a transaction changed as soon as nobody waits, and soon in any case. */
  add(changes: Changes): void {
    this.#holdRobots(changes)
    this.#gathered.absorb(changes)
    if (!this.#isEmpty) return
    this.#isEmpty = false
    this.#since = performance.now()
    setImmediate(() => this.#look())
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
    if (this.#isEmpty) return
    if (this.#options.isWanted() && performance.now() - this.#since < soonMs) setImmediate(() => this.#look())
    else this.#flush()
  }

  #flush(): void {
    if (this.#isEmpty) return
    const gathered = this.#gathered
    this.#gathered = new Changes()
    this.#isEmpty = true
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
  }
}
