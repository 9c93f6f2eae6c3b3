/** The state of the simulated platform: who there is. Kept in a file, so that a restart goes on where it was. */
import { randomBytes, randomInt } from 'node:crypto'
import { join } from 'node:path'
import { JsonFile, readJsonFile } from './file.ts'
import type { Group, Merchant, Person, Robot, SavedState } from './model.ts'
import { makeMerchant, makeRobots, type MerchantRequest } from './seed.ts'
import { settingsSchema } from './settings.ts'
import { makeKeyPair } from './signature.ts'

export class World {
  readonly state: SavedState
  readonly #file: JsonFile<SavedState>
  #lastSerial = 0

  constructor(state: SavedState, stateDir: string | null, failed: (error: unknown) => void) {
    this.state = state
    this.#file = new JsonFile(stateDir === null ? null : join(stateDir, 'world.json'), () => this.state, failed)
  }

  /** To be called after every change. */
  touch(): void {
    this.#file.touch()
  }

  flush(): void {
    this.#file.flush()
  }

  /** @throws Error where the state cannot be written */
  write(): void {
    this.#file.write()
  }

  /** A new serial number: 19 digits, beyond 2^53, never given twice. */
  newSerialNo(): string {
    this.#lastSerial = Math.max(this.#lastSerial + 1, Date.now() * 1000)
    return `7${String(this.#lastSerial).padStart(16, '0')}${String(randomInt(100)).padStart(2, '0')}`
  }

  addMerchant(request: MerchantRequest): Merchant {
    const { state } = this
    const merchant = makeMerchant(state.seed, state.merchantsMade, request)
    state.robots.push(...makeRobots(state.seed, state.merchantsMade, merchant.merchantNo))
    state.merchants.push(merchant)
    state.merchantsMade += 1
    this.touch()
    return merchant
  }

  merchant(merchantNo: string): Merchant | undefined {
    return this.state.merchants.find((merchant) => merchant.merchantNo === merchantNo)
  }

  robotsOf(merchantNo: string): Robot[] {
    return this.state.robots.filter((robot) => robot.merchantNo === merchantNo)
  }

  robot(serialNo: string): Robot | undefined {
    return this.state.robots.find((robot) => robot.serialNo === serialNo)
  }
}

export function personOf(robot: Robot, userId: string): Person | undefined {
  return robot.people.find((person) => person.userId === userId)
}

export function friendOf(robot: Robot, userId: string): Person | undefined {
  return robot.people.find((person) => person.userId === userId && person.friend)
}

/** A group that the robot is in. */
export function groupOf(robot: Robot, groupId: string): Group | undefined {
  return robot.groups.find((group) => group.groupId === groupId && !group.left)
}

/** Whether an online account can be used: "limited" is online, with some functions forbidden. */
export function isOnline(robot: Robot): boolean {
  return robot.state === 'online' || robot.state === 'limited'
}

/**
 * Reads the kept state, or begins a new one.
 * @param stateDir null keeps nothing
 * @throws Error where there is a state that cannot be read: it is not overwritten
 */
export async function openWorld(
  stateDir: string | null,
  seed: number,
  failed: (error: unknown) => void,
): Promise<World> {
  const path = stateDir === null ? null : join(stateDir, 'world.json')
  const saved = path === null ? undefined : (readJsonFile(path) as SavedState | undefined)
  if (saved !== undefined && (saved as { version: unknown }).version !== 1)
    throw new Error(`${path ?? ''} was written by another version of the sandbox; move it away to begin anew`)
  if (saved) return new World({ ...saved, settings: settingsSchema.parse(saved.settings) }, stateDir, failed)
  const state: SavedState = {
    version: 1,
    seed,
    port: 0,
    adminToken: randomBytes(24).toString('base64url'),
    ...(await makeKeyPair()),
    merchantsMade: 0,
    merchants: [],
    robots: [],
    logins: [],
    friendRequests: [],
    settings: settingsSchema.parse({}),
  }
  return new World(state, stateDir, failed)
}
