/** Protects the master key by a passphrase, for a host that has no key store of an operating system. */
import { randomBytes, scrypt } from 'node:crypto'
import { AppError } from '#shared/contract/errors.ts'
import type { KeyProtector } from './protector.ts'
import { seal, unseal } from './sealed.ts'

/** Cost of scrypt; `logN` is the binary logarithm of N. Memory is 128 · N · r bytes. */
export interface ScryptCost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

/* A third of a second and 128 MiB: once at start for us, once a guess for a thief. */
const defaultCost: ScryptCost = { logN: 17, r: 8, p: 1 }

/* "SBP", format version 1, then logN, r, p and the salt. */
const magic = Buffer.from('SBP\u0001', 'latin1')
const saltLength = 16
const headerLength = magic.length + 3 + saltLength

/* What a file may demand of us: a changed one must not make the host allocate gigabytes. */
const greatestMemory = 256 * 1024 * 1024

const memoryOf = ({ logN, r }: ScryptCost): number => 128 * 2 ** logN * r

const isBearable = (cost: ScryptCost): boolean =>
  cost.logN >= 1 && cost.logN <= 20 && cost.r >= 1 && cost.p >= 1 && cost.p <= 4 && memoryOf(cost) <= greatestMemory

const deriveKey = (passphrase: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // The same passphrase typed on another machine may be composed of other code points.
    const options = { N: 2 ** cost.logN, r: cost.r, p: cost.p, maxmem: memoryOf(cost) + 1024 * 1024 }
    scrypt(passphrase.normalize('NFKC'), salt, 32, options, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })

/**
 * A protector by passphrase: scrypt and AES-256-GCM.
 *
 * @param passphrase as the operator gave it; any text but the empty one
 * @param cost of a newly wrapped key; what was wrapped before says its own
 */
export function passphraseProtector(passphrase: string, cost: ScryptCost = defaultCost): KeyProtector {
  const locked = (problem: string): AppError => new AppError('vault-locked', { problem })
  return {
    kind: 'passphrase',
    async wrap(masterKey) {
      const salt = randomBytes(saltLength)
      const header = Buffer.concat([magic, Buffer.from([cost.logN, cost.r, cost.p]), salt])
      return seal(await deriveKey(passphrase, salt, cost), header, masterKey)
    },
    async unwrap(wrapped) {
      if (wrapped.length <= headerLength || !wrapped.subarray(0, magic.length).equals(magic)) {
        throw locked('it was not closed with a passphrase; start without SWITCHBOARD_PASSPHRASE')
      }
      const [logN, r, p] = wrapped.subarray(magic.length, magic.length + 3) as unknown as [number, number, number]
      if (!isBearable({ logN, r, p })) throw locked('the file is damaged')
      const salt = wrapped.subarray(headerLength - saltLength, headerLength)
      const masterKey = unseal(await deriveKey(passphrase, salt, { logN, r, p }), headerLength, wrapped)
      if (!masterKey) throw locked('the passphrase in SWITCHBOARD_PASSPHRASE is wrong, or the file is damaged')
      return masterKey
    },
  }
}
