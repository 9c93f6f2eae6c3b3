/** Simulated people. */
import type { Robot } from '../model.ts'
import type { Platform } from '../platform.ts'

export class People {
  readonly #platform: Platform
  constructor(platform: Platform) {
    this.#platform = platform
    platform.onOnline = (robot) => {
      this.#wake(robot)
    }
  }
  start(): void {}
  #wake(robot: Robot): void {
    const friend = robot.people.find((person) => person.friend)
    if (!friend || this.#platform.settings.liveliness === 'off') return
    this.#platform.timers.after(this.#platform.span(this.#platform.settings.firstMessageMs), () => {
      this.#platform.callback(robot, this.#platform.bodies.message(robot, '', friend, robot.userId, '0', '你好,在吗?'))
    })
  }
}
