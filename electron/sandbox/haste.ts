/** What becomes of an account that goes faster than the platform bears: it is banned, or limited the first time. */
import { limitedFunctions } from './methods/call.ts'
import type { Robot } from './model.ts'
import type { Platform } from './platform.ts'
import { Refusal } from './refusal.ts'

type Hasty = 'messages' | 'friends'

const words: Readonly<Record<Hasty, { what: string; reason: string; limit: string }>> = {
  messages: { what: 'messages', reason: '发送消息过于频繁', limit: '禁止发送消息' },
  friends: { what: 'friend requests', reason: '添加好友过于频繁', limit: '禁止添加好友' },
}

/** When each robot did so lately, milliseconds UTC. */
const lately: Readonly<Record<Hasty, WeakMap<Robot, number[]>>> = { messages: new WeakMap(), friends: new WeakMap() }

/** @throws Refusal where the account is too fast; its state is another one then */
export function needPatience(platform: Platform, robot: Robot, kind: Hasty): void {
  const { rateLimit, friendLimit } = platform.settings
  const [most, windowMs] =
    kind === 'messages' ? [rateLimit.messages, rateLimit.windowMs] : [friendLimit.requests, friendLimit.windowMs]
  const now = Date.now()
  const times = (lately[kind].get(robot) ?? []).filter((at) => at > now - windowMs)
  if (times.length < most) {
    lately[kind].set(robot, [...times, now])
    return
  }
  lately[kind].delete(robot)
  const outcome = punish(platform, robot, kind)
  const tooFast = `more than ${most} ${words[kind].what} in ${windowMs} ms`
  throw new Refusal('tooFast', `${tooFast}: robot ${robot.serialNo} is ${outcome}`)
}

/** @returns what the robot is now */
function punish(platform: Platform, robot: Robot, kind: Hasty): string {
  const { haste, hasteLimitMs } = platform.settings
  const { reason, limit } = words[kind]
  if (haste === 'ban' || robot.warned) {
    robot.warned = false
    platform.setState(robot, 'banned', reason)
    return 'banned'
  }
  robot.warned = true
  robot.limitedUntil = Date.now() + hasteLimitMs
  platform.setState(robot, 'limited', reason, [{ code: limitedFunctions[kind], text: limit }])
  awaitLifting(platform, robot)
  return `limited for ${hasteLimitMs} ms`
}

/** Lets the limits of an earlier run end. */
export function resumeLimits(platform: Platform): void {
  for (const robot of platform.world.state.robots) awaitLifting(platform, robot)
}

function awaitLifting(platform: Platform, robot: Robot): void {
  const until = robot.limitedUntil
  if (until === undefined) return
  platform.timers.after(Math.max(0, until - Date.now()), () => {
    if (robot.limitedUntil !== until) return
    delete robot.limitedUntil
    // Somebody may have set it otherwise meanwhile.
    if (robot.state === 'limited') platform.setState(robot, 'online', '限制已解除')
    platform.world.touch()
  })
}
