/** Signing by the platform's rule (PROTOCOL §1): Alipay's, which the envelope copies. */
import { sign, type KeyObject } from 'node:crypto'
import type { SignType } from '#shared/protocol/envelope.ts'

const digests: Readonly<Record<SignType, string>> = { RSA2: 'RSA-SHA256', RSA: 'RSA-SHA1' }

/** Names in whose order of letters bytes and UTF-16 agree: all that the platform has. */
const plain = /^[\x20-\x7e]*$/
const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/**
 * The string that is signed: every parameter but `sign` whose value is not empty, by name in byte order,
 * joined as `name=value` with `&`, values as they are before URL encoding.
 *
 * @param signTypeInString whether `sign_type` is part of it; a setting of the connection
 */
export function signingString(parameters: Readonly<Record<string, string>>, signTypeInString = true): string {
  const names = Object.keys(parameters).filter(
    (name) => name !== 'sign' && parameters[name] !== '' && (signTypeInString || name !== 'sign_type'),
  )
  // To compare bytes takes ten times as long.
  if (plain.test(names.join(''))) names.sort()
  else names.sort(byteOrder)
  return names.map((name) => `${name}=${parameters[name]}`).join('&')
}

/**
 * Signs the UTF-8 bytes of a text, PKCS#1 v1.5, on the thread pool.
 *
 * @returns base64; 344 characters for RSA-2048
 */
export const signText = (text: string, key: KeyObject, signType: SignType): Promise<string> =>
  new Promise((resolve, reject) => {
    sign(digests[signType], Buffer.from(text, 'utf8'), key, (error, signature) => {
      if (error) reject(error)
      else resolve(signature.toString('base64'))
    })
  })
