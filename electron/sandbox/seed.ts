/** Makes a merchant's part of the world from the seed: robots, people, groups. */
import type { Group, Language, Merchant, Person, Robot } from './model.ts'
import { laterNames, robotPlans, type RobotPlan } from './names.ts'
import { randomFrom, type Random } from './random.ts'

const day = 24 * 3_600_000
/** The beginning of this world, so that the same seed gives the same dates. */
const genesis = Date.UTC(2026, 0, 5, 1, 30)

/** What a merchant says about itself when it registers. */
export type MerchantRequest = Pick<Merchant, 'name' | 'publicKeyPem' | 'callbackUrl'> & Partial<Merchant>

/**
 * @param index how many merchants there were before
 */
export function makeMerchant(seed: number, index: number, request: MerchantRequest): Merchant {
  const random = randomFrom(seed, 'merchant', index)
  return {
    merchantNo: `88${random.digits(17)}`,
    appId: `2026${random.digits(12)}`,
    methodPrefix: 'open.robot',
    timeZone: 'Asia/Shanghai',
    signTypeInString: true,
    timestampToleranceMs: 10 * 60_000,
    withdrawnMethods: false,
    ...request,
  }
}

export function makeRobots(seed: number, index: number, merchantNo: string): Robot[] {
  return robotPlans.map((plan, at) => makeRobot(plan, merchantNo, randomFrom(seed, 'robot', index, at), index, at))
}

function makeRobot(plan: RobotPlan, merchantNo: string, random: Random, index: number, at: number): Robot {
  const person = ([name, language]: readonly [string, Language], place: number, friend: boolean): Person => ({
    // Most ids are like those of one network, some are bare numbers: both must survive.
    userId: place % 5 === 3 ? `9${random.digits(18)}` : `u${random.hex(32)}`,
    name,
    phone: phone(language, random),
    language,
    friend,
  })
  const friends = plan.people.map((entry, place) => person(entry, place, true))
  const strangers = plan.strangers.map((entry, place) => person(entry, place, false))
  const userId = `u${random.hex(32)}`
  const groups = plan.groups.map((name, place): Group => {
    const createdAt = genesis + random.between(0, 200) * day + random.between(0, day)
    const chosen = [...friends, ...strangers].filter((_, who) => (who + place) % 3 !== 0)
    const joined = (userId: string): Group['members'][number] => ({
      userId,
      joinedAt: createdAt + random.between(0, 20 * day),
    })
    return {
      groupId: place === 1 ? `7${random.digits(18)}` : `c${random.hex(32)}`,
      name,
      createdAt,
      ownerUserId: place === 0 ? userId : (chosen[0]?.userId ?? userId),
      key: random.hex(16),
      tag: random.between(1000, 9999),
      members: [{ userId, joinedAt: createdAt }, ...chosen.map((who) => joined(who.userId))],
      left: false,
    }
  })
  return {
    serialNo: `1${random.digits(18)}`,
    merchantNo,
    name: plan.name,
    username: `robot${index * robotPlans.length + at + 1}@example.com`,
    password: `pw-${random.hex(8)}`,
    userId,
    phone: phone(plan.language, random),
    language: plan.language,
    state: 'offline',
    reason: '',
    limits: [],
    cached: false,
    people: [...friends, ...strangers],
    groups,
  }
}

function phone(language: Language, random: Random): string {
  if (language === 'th') return `08${random.digits(8)}`
  if (language === 'ja') return `090${random.digits(8)}`
  if (language === 'en') return `415${random.digits(7)}`
  if (language === 'ar') return `05${random.digits(8)}`
  return `13${random.digits(9)}`
}

/** Somebody whom nobody here knew yet, always the same one for a phone number. */
export function personOfPhone(phone: string): Person {
  const random = randomFrom('phone', phone)
  const language: Language = /^0[689]\d{8}$/.test(phone) ? 'th' : /^1\d{10}$/.test(phone) ? 'zh' : 'en'
  return {
    userId: `u${random.hex(32)}`,
    name: random.pick(laterNames[language]) ?? phone,
    phone,
    language,
    friend: false,
  }
}
