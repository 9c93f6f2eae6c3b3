/** The platform's error codes (the table in docs/sandbox.md). */
export const codes = {
  malformed: 40000,
  missing: 40001,
  signature: 40002,
  timestamp: 40003,
  unknownMerchant: 40004,
  unknownMethod: 40005,
  withdrawn: 40006,
  parameter: 40007,
  envelope: 40008,
  robotUnknown: 50001,
  robotForeign: 50002,
  robotOffline: 50003,
  robotBanned: 50004,
  robotLimited: 50005,
  friendUnknown: 50006,
  groupUnknown: 50007,
  alreadyFriends: 50008,
  loginPending: 50009,
  noCachedLogin: 50010,
  noCode: 50011,
  tooFast: 50012,
  alreadyMember: 50013,
  busy: 59999,
} as const

/** Why a request is refused; becomes `nErrorCode` and `vcErrorMsg`. */
export class Refusal extends Error {
  readonly code: number
  constructor(reason: keyof typeof codes | number, message: string) {
    super(message)
    this.code = typeof reason === 'number' ? reason : codes[reason]
  }
}
