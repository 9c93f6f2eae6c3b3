/**
 * RSA keys in every form in which merchants are handed them: PEM or bare base64, PKCS#1 or PKCS#8
 * (PROTOCOL §1), private ones encrypted or not. A refusal names the reason by a word of
 * shared/contract/problems.ts and never repeats anything of the key.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { AppError, type ErrorParams } from '#shared/contract/errors.ts'

/** Shortest modulus of a merchant's own key, in bits: `sign` has room for exactly that. */
const shortestPrivate = 2048
/** The platform chooses its own key; older deployments have this. */
const shortestPublic = 1024

const probe = Buffer.from('switchboard')

/** No cause is given: what the library says may repeat what it was given. */
const unusable = (problem: string, more: ErrorParams = {}): AppError =>
  new AppError('key-unreadable', { problem, ...more })

function checked(key: KeyObject, least: number): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') {
    throw unusable('key-not-rsa', { type: (key.asymmetricKeyType ?? 'unknown').toUpperCase() })
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < least) throw unusable('key-too-short', { bits, least })
  return key
}

/**
 * A private key carries its public half, and the library takes both as they stand. Where they are of two pairs,
 * the public half that the operator registers would fit no signature.
 */
function whole(key: KeyObject): KeyObject {
  try {
    if (verify('sha256', probe, createPublicKey(key), sign('sha256', probe, key))) return key
  } catch {
    // Numbers that cannot even be computed with.
  }
  throw unusable('key-halves')
}

function attempt(make: () => KeyObject): KeyObject | null {
  try {
    return make()
  } catch {
    return null
  }
}

/** @throws AppError when it is no base64 */
function fromBase64(text: string): Buffer {
  const compact = text.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) throw unusable('key-not-text')
  return Buffer.from(compact, 'base64')
}

const isCertificate = (der: Buffer): boolean =>
  attempt(() =>
    createPublicKey(`-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`),
  ) !== null

const privateFrom = (der: Buffer): KeyObject | null =>
  attempt(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })) ??
  attempt(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs1' }))

const publicFrom = (der: Buffer): KeyObject | null =>
  attempt(() => createPublicKey({ key: der, format: 'der', type: 'spki' })) ??
  attempt(() => createPublicKey({ key: der, format: 'der', type: 'pkcs1' }))

/** The bytes inside a PEM block; null where its base64 is broken. */
function pemBytes(pem: string): Buffer | null {
  const inside = pem
    .replace(/-----[^-]+-----/g, '')
    .split(/\r?\n/)
    .filter((line) => !line.includes(':'))
    .join('')
    .trim()
  return /^[A-Za-z0-9+/\s]+={0,2}$/.test(inside) ? Buffer.from(inside, 'base64') : null
}

/** Whether a DER sequence is as long as it says. */
function isWhole(der: Buffer): boolean {
  const first = der[1]
  if (der[0] !== 0x30 || first === undefined) return false
  if (first < 0x80) return der.length === first + 2
  const size = first & 0x7f
  return size >= 1 && size <= 4 && der.length === 2 + size + der.subarray(2, 2 + size).readUIntBE(0, size)
}

/** Beginning of the algorithm of an encrypted PKCS#8 key, PKCS#5's object identifiers or PKCS#12's. */
const encryptions = ['060a2a864886f70d010c01', '06092a864886f70d0105'].map((hex) => Buffer.from(hex, 'hex'))

/** Whether bytes are an encrypted PKCS#8 key (RFC 5958, EncryptedPrivateKeyInfo). */
const isEncrypted = (der: Buffer): boolean =>
  isWhole(der) && encryptions.some((start) => der.subarray(0, 24).includes(start))

function encryptedFrom(input: string | Buffer, password: string | undefined): KeyObject {
  if (!password) throw unusable('key-password-needed')
  const key = attempt(() =>
    typeof input === 'string'
      ? createPrivateKey({ key: input, format: 'pem', passphrase: password })
      : createPrivateKey({ key: input, format: 'der', type: 'pkcs8', passphrase: password }),
  )
  if (key) return key
  // A wrong password shows as broken padding or as nonsense inside: it is damage only where the outside is broken.
  const bytes = typeof input === 'string' ? pemBytes(input) : input
  const legacy = typeof input === 'string' && input.includes('DEK-Info')
  const intact = bytes !== null && (legacy ? bytes.length > 0 && bytes.length % 8 === 0 : isWhole(bytes))
  throw unusable(intact ? 'key-wrong-password' : 'key-damaged')
}

function privateFromPem(pem: string, password: string | undefined): KeyObject {
  if (pem.includes('CERTIFICATE-----')) throw unusable('key-is-certificate')
  if (pem.includes('OPENSSH PRIVATE KEY-----')) throw unusable('key-is-openssh')
  if (!pem.includes('PRIVATE KEY-----'))
    throw unusable(pem.includes('PUBLIC KEY-----') ? 'key-is-public' : 'key-damaged')
  if (pem.includes('ENCRYPTED')) return encryptedFrom(pem, password)
  const key = attempt(() => createPrivateKey(pem))
  if (!key) throw unusable('key-damaged')
  return key
}

function privateFromDer(der: Buffer, password: string | undefined): KeyObject {
  if (isEncrypted(der)) return encryptedFrom(der, password)
  const key = privateFrom(der)
  if (key) return key
  if (publicFrom(der)) throw unusable('key-is-public')
  if (isCertificate(der)) throw unusable('key-is-certificate')
  throw unusable('key-damaged')
}

/**
 * Reads a private key.
 *
 * @param text PEM (`RSA PRIVATE KEY`, `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, or RFC 1421's `DEK-Info`), or bare
 *   base64 of PKCS#1 or PKCS#8
 * @param password of an encrypted one
 * @throws AppError key-unreadable with the reason
 */
export function readPrivateKey(text: string, password?: string): KeyObject {
  const trimmed = text.trim()
  const key = trimmed.includes('-----BEGIN')
    ? privateFromPem(trimmed, password)
    : privateFromDer(fromBase64(trimmed), password)
  return whole(checked(key, shortestPrivate))
}

/**
 * Reads a public key: PEM or bare base64, PKCS#1 or SubjectPublicKeyInfo.
 *
 * @throws AppError key-unreadable with the reason
 */
export function readPublicKey(text: string): KeyObject {
  const trimmed = text.trim()
  const isPem = trimmed.includes('-----BEGIN')
  if (isPem && trimmed.includes('PRIVATE KEY-----')) throw unusable('key-is-private')
  if (isPem && trimmed.includes('CERTIFICATE-----')) throw unusable('key-is-certificate')
  const der = isPem ? null : fromBase64(trimmed)
  // The library takes a private key too, for its public half: the operator pasted the wrong one.
  if (der && (privateFrom(der) || isEncrypted(der))) throw unusable('key-is-private')
  const key = der ? publicFrom(der) : attempt(() => createPublicKey(trimmed))
  if (!key) throw unusable(der && isCertificate(der) ? 'key-is-certificate' : 'key-damaged')
  return checked(key, shortestPublic)
}

/** Makes a new RSA-2048 pair. @returns the private key as PKCS#8 PEM */
export async function generatePrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/**
 * The public half as the platform wants it.
 *
 * @param key the private key, or the public one itself
 * @returns SubjectPublicKeyInfo PEM, and the SHA-256 of its DER in hexadecimal
 */
export function publicHalf(key: KeyObject): { pem: string; fingerprint: string } {
  const half = key.type === 'public' ? key : createPublicKey(key)
  const der = half.export({ type: 'spki', format: 'der' })
  return {
    pem: half.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: createHash('sha256').update(der).digest('hex'),
  }
}
