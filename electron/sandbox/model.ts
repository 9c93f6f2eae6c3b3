/** What the simulated platform knows: merchants, their robots, and the people around them. */
import type { Settings } from './settings.ts'

export type Language = 'zh' | 'en' | 'th' | 'ja' | 'ar'
export type RobotState = 'online' | 'offline' | 'banned' | 'limited'

/** Somebody a robot may meet: a friend, or a stranger in one of its groups. */
export interface Person {
  readonly userId: string
  readonly name: string
  readonly phone: string
  readonly language: Language
  friend: boolean
}

export interface Group {
  readonly groupId: string
  readonly name: string
  /** Milliseconds UTC. */
  readonly createdAt: number
  readonly ownerUserId: string
  readonly key: string
  readonly tag: number
  readonly members: { readonly userId: string; readonly joinedAt: number }[]
  left: boolean
}

/** A forbidden function: its number (docs/sandbox.md) and the words for it. */
export interface Limit {
  readonly code: number
  readonly text: string
}

export interface Robot {
  readonly serialNo: string
  readonly merchantNo: string
  readonly name: string
  readonly username: string
  readonly password: string
  /** The account's own user id, which is not the robot number. */
  readonly userId: string
  readonly phone: string
  readonly language: Language
  state: RobotState
  reason: string
  limits: Limit[]
  /** Whether it was ever logged in, so that a cached log-in works. */
  cached: boolean
  /** It was limited for its haste: the next time it is banned. */
  warned?: boolean
  /** When that limit ends, milliseconds UTC. */
  limitedUntil?: number
  readonly people: Person[]
  readonly groups: Group[]
}

export interface Merchant {
  readonly merchantNo: string
  readonly appId: string
  name: string
  publicKeyPem: string
  callbackUrl: string
  methodPrefix: string
  timeZone: string
  /** Whether `sign_type` stands in the signing string. */
  signTypeInString: boolean
  timestampToleranceMs: number
  /** Whether the methods marked 作废 are served. */
  withdrawnMethods: boolean
}

/** A log-in that waits for the phone. */
export interface PendingLogin {
  /** Unguessable: names the QR picture's address. */
  readonly id: string
  readonly robotSerialNo: string
  readonly serialNo: string
  readonly qrText: string | null
  step: 'scan' | 'confirm' | 'code'
  readonly code: string
  wrongCodes: number
  readonly expiresAt: number
}

/** A friend request that a person has not answered yet. */
export interface FriendRequest {
  readonly robotSerialNo: string
  readonly serialNo: string
  readonly person: Person
  readonly accepts: boolean
  readonly dueAt: number
}

/** Everything that survives a restart, but for the callbacks on their way (their own file). */
export interface SavedState {
  readonly version: 1
  readonly seed: number
  port: number
  readonly adminToken: string
  /** The platform's own key, PKCS#8 PEM: it signs callbacks where that is set. */
  readonly privateKeyPem: string
  readonly publicKeyPem: string
  merchantsMade: number
  readonly merchants: Merchant[]
  readonly robots: Robot[]
  readonly logins: PendingLogin[]
  readonly friendRequests: FriendRequest[]
  settings: Settings
}
