import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import { passphraseProtector } from '#engine/vault/passphrase.ts'
import type { KeyProtector } from '#engine/vault/protector.ts'

/* Cheap, since the property is about bytes and not about the cost of guessing. */
const cheap = { logN: 4, r: 1, p: 1 }
const locked = { code: 'vault-locked' }

let folder = ''
let warnings: string[] = []
const keyFile = (): KeyProtector => keyFileProtector(join(folder, 'vault.key'), (message) => warnings.push(message))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-vault-'))
  warnings = []
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const kinds: [string, () => KeyProtector][] = [
  ['passphrase', () => passphraseProtector('总机 open sesame', cheap)],
  ['key file', keyFile],
]

describe.each(kinds)('a master key protected by %s', (_name, make) => {
  it('comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
        const masterKey = Buffer.from(bytes)
        const wrapped = await make().wrap(masterKey)
        expect(wrapped.includes(masterKey) && masterKey.length > 3).toBe(false)
        expect(await make().unwrap(wrapped)).toEqual(masterKey)
      }),
      { numRuns: 30 },
    )
  })

  it('is refused when any single byte was changed', async () => {
    const wrapped = await make().wrap(randomBytes(32))
    for (let at = 0; at < wrapped.length; at++) {
      for (const flip of [1, 128]) {
        const changed = Buffer.from(wrapped)
        changed[at]! ^= flip
        await expect(make().unwrap(changed), `byte ${at}`).rejects.toMatchObject(locked)
      }
    }
  })

  it('is refused when cut short or empty', async () => {
    const wrapped = await make().wrap(randomBytes(32))
    for (let length = 0; length < wrapped.length; length++) {
      await expect(make().unwrap(wrapped.subarray(0, length))).rejects.toMatchObject(locked)
    }
  })
})

describe('passphrase', () => {
  it('opens at the real cost with the right one only', async () => {
    const masterKey = randomBytes(32)
    const wrapped = await passphraseProtector('right').wrap(masterKey)
    expect(await passphraseProtector('right').unwrap(wrapped)).toEqual(masterKey)
    await expect(passphraseProtector('wrong').unwrap(wrapped)).rejects.toMatchObject(locked)
  })

  it('does not mind how an accent was typed', async () => {
    const wrapped = await passphraseProtector('caf\u00e9', cheap).wrap(randomBytes(32))
    await expect(passphraseProtector('cafe\u0301', cheap).unwrap(wrapped)).resolves.toHaveLength(32)
  })

  it('does not open what a key file closed, and the reverse', async () => {
    const byFile = await keyFile().wrap(randomBytes(32))
    const byPhrase = await passphraseProtector('x', cheap).wrap(randomBytes(32))
    await expect(passphraseProtector('x', cheap).unwrap(byFile)).rejects.toMatchObject(locked)
    await expect(keyFile().unwrap(byPhrase)).rejects.toMatchObject(locked)
  })
})

describe('key file', () => {
  const path = (): string => join(folder, 'vault.key')

  it.skipIf(process.platform === 'win32')(
    'is made once, for its owner only, and leaves nothing beside it',
    async () => {
      await keyFile().wrap(randomBytes(32))
      const first = readFileSync(path())
      await keyFile().wrap(randomBytes(32))
      expect(readFileSync(path())).toEqual(first)
      expect(statSync(path()).mode & 0o777).toBe(0o600)
      expect(readdirSync(folder)).toEqual(['vault.key'])
      expect(warnings).toEqual([])
    },
  )

  it.skipIf(process.platform === 'win32')('that others could read is closed to them, with a warning', async () => {
    await keyFile().wrap(randomBytes(32))
    chmodSync(path(), 0o644)
    await keyFile().wrap(randomBytes(32))
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(warnings).toHaveLength(1)
  })

  it('that is missing, damaged or another one opens nothing, and none is made in its place', async () => {
    const wrapped = await keyFile().wrap(randomBytes(32))
    writeFileSync(path(), `${randomBytes(32).toString('base64')}\n`)
    await expect(keyFile().unwrap(wrapped)).rejects.toMatchObject(locked)
    writeFileSync(path(), 'not a key')
    await expect(keyFile().unwrap(wrapped)).rejects.toMatchObject(locked)
    await expect(keyFile().wrap(randomBytes(32))).rejects.toMatchObject(locked)
    rmSync(path())
    await expect(keyFile().unwrap(wrapped)).rejects.toMatchObject(locked)
    expect(existsSync(path())).toBe(false)
  })

  it('is one and the same for all who start together', async () => {
    const wrapped = await Promise.all(Array.from({ length: 8 }, () => keyFile().wrap(Buffer.alloc(32, 7))))
    for (const one of wrapped) expect(await keyFile().unwrap(one)).toEqual(Buffer.alloc(32, 7))
  })
})
