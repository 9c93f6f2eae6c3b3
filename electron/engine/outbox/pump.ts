/**
 * The outbox at work: takes from each robot's queue what is due, one after another, at the robot's pace,
 * and notes what came of it. What could not leave this machine is tried again with growing pauses.
 */
import type { CallResult } from '../store/outbox.ts'
import { lanes, type Lane } from '../store/lanes.ts'
import type { Claim, Turn } from '../store/turns.ts'
import type { Logger } from '../types.ts'

export interface PumpOptions {
  /**
   * Takes what is due in a robot's lane, or says until when nothing is.
   *
   * @param finished what came of the call before, noted in the same transaction
   * @param begunOnly nothing but what has begun: further parts of a message
   */
  turn(robotId: number, lane: Lane, finished: CallResult | null, begunOnly: boolean): Promise<Turn>
  /** Carries a claim out. Never rejects for what platform or network do. */
  perform(claim: Claim): Promise<CallResult>
  /**
   * Puts back what a turn may have taken although it failed: the store may have written it, and not have had it on the
   * disk. Nothing of it was ever begun.
   *
   * @param except what was carried out and is not noted yet
   */
  release(robotId: number, lane: Lane, except: Claim | null): Promise<unknown>
  /** Notes what came of a call after which nothing is taken at once. */
  finish(result: CallResult): Promise<unknown>
  /** Milliseconds UTC. */
  now(): number
  /** Told whenever the gateway cannot be reached, and when it can again. */
  reachable(result: CallResult): void
  log: Logger
}

/** Pauses after tries that did not leave this machine, in milliseconds. */
const firstPauseMs = 1000
const longestPauseMs = 60_000

interface LaneState {
  running: boolean
  /** Something may have been queued while a round was under way. */
  again: boolean
  pauseMs: number
  timer: NodeJS.Timeout | null
  /** Whether the timer waits for the network: then nothing that is queued meanwhile hastens it. */
  away: boolean
  /** What came of a call and is not noted yet: the store may refuse it for a while. */
  finished: CallResult | null
  /** Whether a turn failed: what it may have taken all the same is put back before the next. */
  failed: boolean
}

const inDoubt = (claim: Claim): CallResult => ({
  ...{ claim, call: null, timeoutMs: null, qr: null },
  outcome: { kind: 'unknown', failure: { code: 'internal' } },
})

export class Pump {
  readonly #options: PumpOptions
  readonly #lanes = new Map<string, LaneState>()
  #stopping = false
  #resting = false
  /** Only what has begun goes on. */
  #finishing = false
  /** Robots that asked for a turn meanwhile. */
  readonly #asked = new Set<number>()
  readonly #rounds = new Set<Promise<void>>()

  constructor(options: PumpOptions) {
    this.#options = options
  }

  /** A robot's queues may have something to do. */
  wakeAll(robotId: number): void {
    for (const lane of lanes) this.wake(robotId, lane)
  }

  /** A robot's queue may have something to do: something was queued, or its state or pace changed. */
  wake(robotId: number, lane: Lane): void {
    if (this.#stopping) return
    if (this.#resting) {
      this.#asked.add(robotId)
      return
    }
    const key = `${robotId} ${lane}`
    let state = this.#lanes.get(key)
    if (!state) {
      state = { running: false, again: false, pauseMs: 0, timer: null, away: false, finished: null, failed: false }
      this.#lanes.set(key, state)
    }
    if (state.timer) {
      if (state.away) return
      clearTimeout(state.timer)
      state.timer = null
    }
    if (state.running) {
      state.again = true
      return
    }
    const round = this.#run(robotId, lane, state)
    this.#rounds.add(round)
    void round.finally(() => this.#rounds.delete(round))
  }

  #later(robotId: number, lane: Lane, state: LaneState, ms: number, away: boolean): void {
    // It may be stopped, or sent to rest, while a round ends.
    if (this.#stopping) return
    if (this.#resting) {
      this.#asked.add(robotId)
      return
    }
    state.away = away
    state.timer = setTimeout(() => {
      state.timer = null
      this.wake(robotId, lane)
    }, ms)
    state.timer.unref()
  }

  async #run(robotId: number, lane: Lane, state: LaneState): Promise<void> {
    state.running = true
    try {
      let wait: number | null
      do {
        state.again = false
        wait = await this.#drain(robotId, lane, state)
      } while (state.again && !this.#stopping && !this.#resting && !(wait !== null && state.pauseMs > 0))
      if (state.again && this.#resting) this.#asked.add(robotId)
      if (wait !== null) this.#later(robotId, lane, state, wait, state.pauseMs > 0)
    } catch (error) {
      // The store refuses. Try again later.
      this.#options.log.error({ err: error, robotId, lane }, 'the outbox cannot get on')
      await this.#noteAlone(state)
      await this.#putBack(robotId, lane, state).catch((failure: unknown) => {
        this.#options.log.error({ err: failure, robotId, lane }, 'what was taken in vain cannot be put back yet')
      })
      this.#later(robotId, lane, state, longestPauseMs / 6, true)
    } finally {
      state.running = false
    }
  }

  /** Works a queue off. @returns how long to wait before looking again; null where something has to happen first */
  async #drain(robotId: number, lane: Lane, state: LaneState): Promise<number | null> {
    while (!this.#stopping && !this.#resting) {
      await this.#putBack(robotId, lane, state)
      const { finished } = state
      const begunOnly = this.#finishing
      state.failed = true
      if (finished) state.finished = { ...finished, again: true }
      const { claim, until } = await this.#options.turn(robotId, lane, finished, begunOnly)
      state.failed = false
      state.finished = null
      if (!claim && begunOnly) {
        // What has not begun is looked at when all goes on, which may be by now.
        if (!this.#finishing && !this.#resting) continue
        this.#asked.add(robotId)
      }
      // Not for longer than a minute at once: the clock may be set meanwhile.
      if (!claim) return until === null ? null : Math.min(Math.max(until - this.#options.now(), 1), longestPauseMs)
      const result = await this.#options.perform(claim).catch((error: unknown) => {
        // A fault of ours, and nobody knows how far it came.
        this.#options.log.error({ err: error, operationId: claim.operationId }, 'a call failed in an unforeseen way')
        return inDoubt(claim)
      })
      state.finished = result
      // What it says of the gateway is true whether or not it is noted yet.
      this.#options.reachable(result)
      if (result.outcome.kind === 'not-sent') {
        state.pauseMs = Math.min(Math.max(state.pauseMs * 2, firstPauseMs), longestPauseMs)
        result.retryAt = this.#options.now() + state.pauseMs
        await this.#note(state)
        return state.pauseMs
      }
      state.pauseMs = 0
    }
    // Whatever else waits in this lane is looked at when it goes on, which may be while the outcome is being noted.
    if (this.#resting) this.#asked.add(robotId)
    await this.#note(state)
    return null
  }

  /** Notes what came of the last call without taking the next. */
  async #note(state: LaneState): Promise<void> {
    const { finished } = state
    if (!finished) return
    state.finished = { ...finished, again: true }
    await this.#options.finish(finished)
    state.finished = null
  }

  async #putBack(robotId: number, lane: Lane, state: LaneState): Promise<void> {
    if (!state.failed) return
    await this.#options.release(robotId, lane, state.finished?.claim ?? null)
    state.failed = false
  }

  /** The same where the store refused: what it still refuses is kept for the next round. */
  async #noteAlone(state: LaneState): Promise<void> {
    await this.#note(state).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'what came of a call cannot be noted yet')
    })
  }

  /** Takes only further parts of what has begun, until `rest` or `resume`. */
  finishBegun(): void {
    const rested = this.#resting
    this.#resting = false
    this.#finishing = true
    if (rested) this.#wakeAsked()
  }

  /** Takes nothing until `resume`, and waits for what is under way to be noted. */
  async rest(): Promise<void> {
    this.#resting = true
    for (const [key, state] of this.#lanes) {
      if (!state.timer) continue
      clearTimeout(state.timer)
      state.timer = null
      // A pause for a network that was away begins anew: it may be there after a sleep.
      state.away = false
      this.#asked.add(Number(key.split(' ')[0]))
    }
    await Promise.all(this.#rounds)
  }

  /** Rests until `resume`, whatever it was to finish. @returns false when it does not rest */
  restOn(): boolean {
    if (this.#resting) this.#finishing = false
    return this.#resting
  }

  /** Goes on after the machine slept: with what has begun alone, where that was so before. */
  wakeUp(): void {
    if (this.#finishing) this.finishBegun()
    else this.resume()
  }

  /** Goes on after `rest` or `finishBegun`. */
  resume(): void {
    if (!this.#resting && !this.#finishing) return
    this.#resting = false
    this.#finishing = false
    this.#wakeAsked()
  }

  #wakeAsked(): void {
    const asked = [...this.#asked]
    this.#asked.clear()
    for (const robotId of asked) this.wakeAll(robotId)
  }

  /** Starts nothing more, and waits for what is under way to be noted. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const state of this.#lanes.values()) if (state.timer) clearTimeout(state.timer)
    await Promise.all(this.#rounds)
    for (const state of this.#lanes.values()) await this.#noteAlone(state)
  }
}
