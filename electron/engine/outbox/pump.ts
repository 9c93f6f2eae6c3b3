/**
 * The outbox at work: takes from each robot's queue what is due, one after another, at the robot's pace,
 * and notes what came of it. What could not leave this machine is tried again with growing pauses.
 */
import type { RobotState } from '#shared/contract/entries/robots.ts'
import type { Claim, CallResult, Lane } from '../store/outbox.ts'
import type { Logger } from '../types.ts'

export interface PumpOptions {
  claim(robotId: number, lane: Lane): Promise<Claim | null>
  /** Carries a claim out. Never rejects for what platform or network do. */
  perform(claim: Claim): Promise<CallResult>
  finish(result: CallResult): Promise<unknown>
  robotState(robotId: number): Promise<RobotState | null>
  /** Least time between two sends of one robot, in milliseconds. */
  gapMs(): number
  /** Told whenever the gateway cannot be reached, and when it can again (null). */
  reachable(result: CallResult): void
  log: Logger
}

/** States in which a robot's queue is held (DESIGN §7). */
const held: readonly RobotState[] = ['offline', 'banned', 'logging-in']

/** Pauses after tries that did not leave this machine, in milliseconds. */
const firstPauseMs = 1000
const longestPauseMs = 60_000

const lanes: readonly Lane[] = ['activity', 'requests']

interface LaneState {
  running: boolean
  /** Something may have been queued while a round was under way. */
  again: boolean
  pauseMs: number
  lastSentAt: number
  timer: NodeJS.Timeout | null
}

export class Pump {
  readonly #options: PumpOptions
  readonly #lanes = new Map<string, LaneState>()
  #stopping = false
  readonly #rounds = new Set<Promise<void>>()

  constructor(options: PumpOptions) {
    this.#options = options
  }

  /** A robot's queue may have something to do: something was queued, or its state changed. */
  wake(robotId: number): void {
    for (const lane of lanes) this.#wakeLane(robotId, lane)
  }

  #wakeLane(robotId: number, lane: Lane): void {
    if (this.#stopping) return
    const key = `${robotId} ${lane}`
    let state = this.#lanes.get(key)
    if (!state) {
      state = { running: false, again: false, pauseMs: 0, lastSentAt: 0, timer: null }
      this.#lanes.set(key, state)
    }
    if (state.timer) return
    if (state.running) {
      state.again = true
      return
    }
    const round = this.#run(robotId, lane, state)
    this.#rounds.add(round)
    void round.finally(() => this.#rounds.delete(round))
  }

  #later(robotId: number, lane: Lane, state: LaneState, ms: number): void {
    state.timer = setTimeout(() => {
      state.timer = null
      this.#wakeLane(robotId, lane)
    }, ms)
    state.timer.unref()
  }

  async #run(robotId: number, lane: Lane, state: LaneState): Promise<void> {
    state.running = true
    try {
      do {
        state.again = false
        const wait = await this.#drain(robotId, lane, state)
        if (wait > 0) {
          this.#later(robotId, lane, state, wait)
          return
        }
      } while (state.again && !this.#stopping)
    } catch (error) {
      // The store refuses: nothing was claimed, or what was claimed is in doubt. Try again later.
      this.#options.log.error({ err: error, robotId, lane }, 'the outbox cannot get on')
      this.#later(robotId, lane, state, longestPauseMs / 6)
    } finally {
      state.running = false
    }
  }

  /** Works a queue off. @returns how long to wait before going on, 0 when it is empty or held */
  async #drain(robotId: number, lane: Lane, state: LaneState): Promise<number> {
    while (!this.#stopping) {
      if (lane === 'activity') {
        const robot = await this.#options.robotState(robotId)
        if (robot === null || held.includes(robot)) return 0
        const wait = this.#gap(state)
        if (wait > 0) return wait
      }
      const claim = await this.#options.claim(robotId, lane)
      if (!claim) return 0
      state.lastSentAt = Date.now()
      const result = await this.#options.perform(claim)
      await this.#options.finish(result)
      this.#options.reachable(result)
      if (result.outcome.kind === 'not-sent') {
        state.pauseMs = Math.min(Math.max(state.pauseMs * 2, firstPauseMs), longestPauseMs)
        return state.pauseMs
      }
      state.pauseMs = 0
    }
    return 0
  }

  /** Time left of the gap since the last send; none when the clock was set back. */
  #gap(state: LaneState): number {
    const since = Date.now() - state.lastSentAt
    return since < 0 ? 0 : Math.max(0, this.#options.gapMs() - since)
  }

  /** Starts nothing more, and waits for what is under way to be noted. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const state of this.#lanes.values()) if (state.timer) clearTimeout(state.timer)
    await Promise.all(this.#rounds)
  }
}
