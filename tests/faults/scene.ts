/** Who takes part: robots and their friends, and the bodies in which the platform tells of them. */
import type { Delivery, Ledger, Written } from './ledger.ts'
import type { Chance } from './random.ts'

export const merchantNo = '2021004186687842'

export interface Robot {
  readonly id: string
  readonly serialNo: string
}

/** Friends of each robot: few, so that one conversation gets much at once. */
export const friendIds = Array.from({ length: 8 }, (_, index) => `u${index}`)

const pick = <Item>(chance: Chance, items: readonly Item[]): Item => {
  const item = items[Math.floor(chance() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

let stamp = 1_793_000_000_000

const body = (robot: Pick<Robot, 'serialNo'>, data: object, serialNo?: string): string =>
  JSON.stringify({
    resultCode: '0',
    resultMsg: '',
    type: '1005',
    nTimeStamp: String((stamp += 1)),
    optvcMerchantId: merchantNo,
    optvcRobotSerialNo: robot.serialNo,
    ...(serialNo === undefined ? {} : { optSerNo: serialNo }),
    data,
  })

export class Scene {
  readonly robots: readonly Robot[]
  readonly #ledger: Ledger
  readonly #chance: Chance
  #count = 0

  constructor(robots: readonly Robot[], ledger: Ledger, chance: Chance) {
    this.robots = robots
    this.#ledger = ledger
    this.#chance = chance
  }

  /** A customer writes. */
  customer(): Delivery {
    const robot = pick(this.#chance, this.robots)
    const text = `customer ${(this.#count += 1)} 你好`
    this.#ledger.told.set(text, false)
    const FromUserId = pick(this.#chance, friendIds)
    return { text, body: body(robot, { FromUserId, Content: text, nPlatformMsgType: '10', nMsgType: '0' }) }
  }

  /** The operator writes. */
  operator(): Written {
    const robot = pick(this.#chance, this.robots)
    const written: Written = {
      text: `operator ${(this.#count += 1)} 您好`,
      robotId: robot.id,
      peerId: pick(this.#chance, friendIds),
      messageId: null,
      echoes: this.#chance() < 0.6,
      resent: 0,
    }
    this.#ledger.written.set(written.text, written)
    return written
  }

  /** The platform reports a message of ours as sent. */
  echo(robotSerialNo: string, { text, peerId }: Written, serialNo: string): Delivery {
    const data = { FromUserId: `me-${robotSerialNo}`, ToUserId: peerId, Content: text, nPlatformMsgType: '1' }
    return { text: null, body: body({ serialNo: robotSerialNo }, { ...data, nMsgType: '0' }, serialNo) }
  }
}
