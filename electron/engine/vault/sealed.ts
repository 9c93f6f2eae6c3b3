/** AES-256-GCM with a readable, authenticated header before it: what the vault and both protectors write. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const nonceLength = 12
const tagLength = 16

/**
 * Encrypts `content`; the result is header, nonce (12 bytes), tag (16 bytes), ciphertext.
 *
 * @param key 32 bytes
 * @param header says how to read the rest; not secret, but protected against change
 */
export function seal(key: Buffer, header: Buffer, content: Buffer): Buffer {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength }).setAAD(header)
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  return Buffer.concat([header, nonce, cipher.getAuthTag(), sealed])
}

/**
 * The reverse of `seal`.
 *
 * @returns the content, or null when the key is another one or a byte was changed
 */
export function unseal(key: Buffer, headerLength: number, whole: Buffer): Buffer | null {
  const sealedAt = headerLength + nonceLength + tagLength
  if (whole.length <= sealedAt) return null
  const nonce = whole.subarray(headerLength, headerLength + nonceLength)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
    .setAAD(whole.subarray(0, headerLength))
    .setAuthTag(whole.subarray(headerLength + nonceLength, sealedAt))
  try {
    return Buffer.concat([decipher.update(whole.subarray(sealedAt)), decipher.final()])
  } catch {
    return null
  }
}
