/**
 * The vault: secrets sealed at rest with a master key, which the host's protector wraps (DESIGN §2).
 * The secret's name is bound into the seal.
 */
import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { Store } from '../store/store.ts'
import type { KeyProtector } from './protector.ts'
import { seal, unseal } from './sealed.ts'

const fileSchema = z.object({
  version: z.literal(1),
  protector: z.enum(['os', 'os-plain', 'passphrase', 'key-file']),
  wrappedKey: z.base64(),
})

const keyBytes = 32

/** What stands before a sealed secret, protected with it: so that none can be put in another's place. */
const headerOf = (name: string): Buffer => Buffer.from(`switchboard secret 1 ${name}\n`)

const sealSecret = (key: Buffer, name: string, secret: string): Uint8Array =>
  seal(key, headerOf(name), Buffer.from(secret, 'utf8'))

/** @throws AppError vault-locked when key, name or content do not fit */
function openSecret(key: Buffer, name: string, sealed: Uint8Array): string {
  const header = headerOf(name)
  const whole = Buffer.from(sealed)
  const secret = whole.subarray(0, header.length).equals(header) ? unseal(key, header.length, whole) : null
  if (secret === null) {
    throw new AppError('vault-locked', { problem: `the secret ${name} is damaged or from another vault` })
  }
  return secret.toString('utf8')
}

export interface Vault {
  readonly kind: KeyProtector['kind']
  /** @returns null when there is no such secret */
  get(name: string): Promise<string | null>
  put(name: string, secret: string): Promise<void>
  /** Seals without storing, for what is to be written together with something else. */
  sealed(name: string, secret: string): Uint8Array
}

/**
 * Reads the vault's master key, or makes one on the first start.
 *
 * @throws AppError vault-locked when the protector does not fit the folder's vault
 */
export async function openVault(dataDir: string, protector: KeyProtector): Promise<(store: Store) => Vault> {
  const path = join(dataDir, 'vault.json')
  const key = (await existingKey(path, protector)) ?? (await newKey(path, protector))
  return (store) => ({
    kind: protector.kind,
    get: async (name) => {
      const sealed = await store.read('secrets.get', name)
      return sealed && openSecret(key, name, sealed)
    },
    put: (name, secret) => store.write('secrets.put', { name, sealed: sealSecret(key, name, secret) }),
    sealed: (name, secret) => sealSecret(key, name, secret),
  })
}

async function existingKey(path: string, protector: KeyProtector): Promise<Buffer | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const file = fileSchema.safeParse(jsonOrNull(text))
  if (!file.success) throw new AppError('vault-locked', { problem: `${path} is damaged` })
  const key = await protector.unwrap(Buffer.from(file.data.wrappedKey, 'base64'))
  if (key.length !== keyBytes) throw new AppError('vault-locked', { problem: `${path} holds no key` })
  return key
}

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function newKey(path: string, protector: KeyProtector): Promise<Buffer> {
  const key = randomBytes(keyBytes)
  const wrappedKey = (await protector.wrap(key)).toString('base64')
  const file: z.input<typeof fileSchema> = { version: 1, protector: protector.kind, wrappedKey }
  // Written whole or not at all: half a vault would lock every secret away for good.
  await writeFile(`${path}.new`, JSON.stringify(file, null, 2), { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
  return key
}
