/** What the parts of the sandbox share: the world, its settings and faults, and the way to send a callback. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { Bodies, type CallbackBody } from './bodies.ts'
import type { Deliveries } from './deliveries.ts'
import { noFaults, type Faults } from './faults.ts'
import type { Robot, RobotState, Limit } from './model.ts'
import { randomFrom, type Random } from './random.ts'
import type { Settings } from './settings.ts'
import type { Timers } from './timers.ts'
import type { World } from './world.ts'
import { wrapCallback } from './wrap.ts'

export class Platform {
  readonly world: World
  readonly deliveries: Deliveries
  readonly timers: Timers
  readonly bodies: Bodies
  readonly random: Random
  readonly privateKey: KeyObject
  faults: Faults = noFaults()
  /** When the newest callback of each robot is due, milliseconds UTC. */
  readonly #lastDue = new Map<string, number>()
  /** Base address of the HTTP interface, known once it listens. */
  url = ''
  /** Hears that a robot came online, so that people write to it. */
  onOnline: (robot: Robot) => void = () => {}
  /** Hears what a robot wrote, so that people answer. */
  onWritten: (robot: Robot, peer: { userId: string } | { groupId: string }, type: string, content: string) => void =
    () => {}
  /** Hears that settings changed. */
  onSettings: () => void = () => {}

  constructor(world: World, deliveries: Deliveries, timers: Timers) {
    this.world = world
    this.deliveries = deliveries
    this.timers = timers
    this.random = randomFrom(world.state.seed, 'chances')
    this.privateKey = createPrivateKey(world.state.privateKeyPem)
    this.bodies = new Bodies(
      () => this.settings,
      (merchantNo) => world.merchant(merchantNo)?.timeZone ?? 'Asia/Shanghai',
    )
  }

  get settings(): Settings {
    return this.world.state.settings
  }

  /** A span out of a setting's range, in milliseconds. */
  span([least, greatest]: readonly [number, number]): number {
    return this.random.between(least, greatest)
  }

  /** Puts a callback on its way. @param afterMs how long after now; faults may change it */
  callback(robot: Robot, body: CallbackBody, afterMs = 0): void {
    const { faults } = this
    const wanted = Date.now() + (faults.callbackBeforeAnswer ? 0 : afterMs) + faults.delayCallbacksMs
    // What happened later is reported later, however the spans were drawn.
    const inOrder = Math.max(wanted, this.#lastDue.get(robot.serialNo) ?? 0)
    if (!faults.reorderCallbacks) this.#lastDue.set(robot.serialNo, inOrder)
    this.deliveries.add({
      ...wrapCallback(body.fields, this.settings, this.privateKey),
      merchantNo: robot.merchantNo,
      robotSerialNo: robot.serialNo,
      type: body.type,
      serialNo: body.serialNo,
      dueAt: faults.reorderCallbacks ? wanted + this.random.between(0, 800) : inOrder,
    })
  }

  /** As `callback`, at the time in which a deployment answers a call. */
  answerLater(robot: Robot, body: CallbackBody): void {
    this.callback(robot, body, this.span(this.settings.callbackMs))
  }

  /** Sets an account's state and reports it (1007). */
  setState(robot: Robot, state: RobotState, reason: string, limits: Limit[] = [], serialNo = '', afterMs = 0): void {
    robot.state = state
    robot.reason = reason
    robot.limits = state === 'limited' ? limits : []
    const online = state === 'online' || state === 'limited'
    if (online) robot.cached = true
    this.world.touch()
    this.callback(robot, this.bodies.state(robot, serialNo), afterMs)
    if (online) this.onOnline(robot)
  }
}
