/** RSA keys in every form in which merchants are handed them: PEM or bare base64, PKCS#1 or PKCS#8 (PROTOCOL §1). */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError } from '#shared/contract/errors.ts'

/** Shortest modulus that is taken, in bits: `sign` has room for 2048, older deployments use 1024. */
const shortestBits = 1024

const unreadable = (problem: string, cause?: unknown): AppError =>
  new AppError('key-unreadable', { problem }, { cause })

const isPrivate = (der: Buffer): boolean =>
  (['pkcs8', 'pkcs1'] as const).some((type) => {
    try {
      return createPrivateKey({ key: der, format: 'der', type }).type === 'private'
    } catch {
      return false
    }
  })

function readDer(
  base64: string,
  make: (der: Buffer, type: 'pkcs1' | 'pkcs8' | 'spki') => KeyObject,
  types: readonly ('pkcs1' | 'pkcs8' | 'spki')[],
): KeyObject {
  const compact = base64.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) throw unreadable('neither PEM nor base64')
  const der = Buffer.from(compact, 'base64')
  for (const type of types) {
    try {
      return make(der, type)
    } catch (error) {
      if (error instanceof AppError) throw error
      // The next form may fit.
    }
  }
  throw unreadable('damaged, or not an RSA key')
}

function checkRsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') throw unreadable(`a key of type ${key.asymmetricKeyType ?? 'unknown'}, not RSA`)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < shortestBits) throw unreadable(`only ${bits} bits long`)
  return key
}

/**
 * Reads a private key.
 *
 * @param text PEM (`RSA PRIVATE KEY` or `PRIVATE KEY`) or bare base64 of the same
 * @throws AppError key-unreadable with the reason
 */
export function readPrivateKey(text: string): KeyObject {
  const trimmed = text.trim()
  if (trimmed.includes('ENCRYPTED')) throw unreadable('it is encrypted; decrypt it first')
  if (trimmed.includes('-----BEGIN')) {
    if (!trimmed.includes('PRIVATE KEY-----')) throw unreadable('not a private key')
    try {
      return checkRsa(createPrivateKey(trimmed))
    } catch (error) {
      if (error instanceof AppError) throw error
      throw unreadable('damaged', error)
    }
  }
  const make = (der: Buffer, type: 'pkcs1' | 'pkcs8' | 'spki'): KeyObject =>
    createPrivateKey({ key: der, format: 'der', type: type === 'spki' ? 'pkcs8' : type })
  return checkRsa(readDer(trimmed, make, ['pkcs8', 'pkcs1']))
}

/**
 * Reads a public key: PEM or bare base64, PKCS#1 or SubjectPublicKeyInfo.
 *
 * @throws AppError key-unreadable with the reason
 */
export function readPublicKey(text: string): KeyObject {
  const trimmed = text.trim()
  if (trimmed.includes('-----BEGIN')) {
    if (trimmed.includes('PRIVATE KEY')) throw unreadable('a private key, where a public one belongs')
    try {
      return checkRsa(createPublicKey(trimmed))
    } catch (error) {
      if (error instanceof AppError) throw error
      throw unreadable('damaged', error)
    }
  }
  const make = (der: Buffer, type: 'pkcs1' | 'pkcs8' | 'spki'): KeyObject => {
    // The library takes a private key too, for its public half: the operator pasted the wrong one.
    if (isPrivate(der)) throw unreadable('a private key, where a public one belongs')
    return createPublicKey({ key: der, format: 'der', type: type === 'pkcs8' ? 'spki' : type })
  }
  return checkRsa(readDer(trimmed, make, ['spki', 'pkcs1']))
}

/** Makes a new RSA-2048 pair. @returns the private key as PKCS#8 PEM */
export async function generatePrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** The public half as the platform wants it. @returns SubjectPublicKeyInfo PEM, and the SHA-256 of its DER in hexadecimal */
export function publicHalf(privateKey: KeyObject): { pem: string; fingerprint: string } {
  const key = createPublicKey(privateKey)
  const der = key.export({ type: 'spki', format: 'der' })
  return {
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: createHash('sha256').update(der).digest('hex'),
  }
}
