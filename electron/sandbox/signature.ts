/** Signatures by Alipay's rule (PROTOCOL §1), written apart from the engine's so that each can judge the other. */
import { constants, createPublicKey, generateKeyPair, sign, verify, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { SignType } from '#shared/protocol/envelope.ts'

const digests: Record<SignType, string> = { RSA2: 'sha256', RSA: 'sha1' }

/** The text that is signed: every field but those left out and the empty ones, by name in byte order, `name=value&…`. */
export function signingString(fields: ReadonlyMap<string, string>, leftOut: readonly string[]): string {
  return [...fields]
    .filter(([name, value]) => value !== '' && !leftOut.includes(name))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** @param signature base64 */
export function isSignedBy(key: KeyObject, type: SignType, text: string, signature: string): boolean {
  return verify(digests[type], Buffer.from(text, 'utf8'), pkcs1(key), Buffer.from(signature, 'base64'))
}

/** Signs with RSA2. @returns base64 */
export function signed(privateKey: KeyObject, text: string): string {
  return sign('sha256', Buffer.from(text, 'utf8'), pkcs1(privateKey)).toString('base64')
}

const pkcs1 = (key: KeyObject): { key: KeyObject; padding: number } => ({ key, padding: constants.RSA_PKCS1_PADDING })

/**
 * Reads a merchant's public key: PEM or bare base64, SubjectPublicKeyInfo or PKCS#1.
 * @throws Error that says what is wrong with it
 */
export function readPublicKey(text: string): KeyObject {
  const trimmed = text.trim()
  const key = trimmed.startsWith('-----') ? createPublicKey(trimmed) : fromBase64(trimmed)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa') throw new Error('the public key is no RSA key')
  if (bits < 1024 || bits > 2048) throw new Error(`the public key has ${bits} bits; 1024 to 2048 are allowed`)
  return key
}

function fromBase64(text: string): KeyObject {
  const der = Buffer.from(text.replace(/\s/g, ''), 'base64')
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return createPublicKey({ key: der, format: 'der', type: 'pkcs1' })
  }
}

/** Makes an RSA-2048 pair, off the event loop: PKCS#8 and SubjectPublicKeyInfo, PEM. */
export async function makeKeyPair(): Promise<{ privateKeyPem: string; publicKeyPem: string }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { privateKeyPem: privateKey, publicKeyPem: publicKey }
}
