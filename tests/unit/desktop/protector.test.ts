import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseProtector, systemStoreOf, type KeyStore } from '../../../electron/desktop/protector.ts'
import type { KeyProtector } from '../../../electron/engine/vault/protector.ts'

const keyFile: KeyProtector = {
  kind: 'key-file',
  wrap: (key) => Promise.resolve(Buffer.concat([Buffer.from('SBK'), key])),
  unwrap: (wrapped) => Promise.resolve(wrapped.subarray(3)),
}

const store = (changes: Partial<KeyStore> = {}): KeyStore => ({
  isAsyncEncryptionAvailable: () => Promise.resolve(true),
  encryptStringAsync: (text) => Promise.resolve(Buffer.from([...text].reverse().join(''))),
  decryptStringAsync: (encrypted) => Promise.resolve({ result: [...encrypted.toString()].reverse().join('') }),
  getSelectedStorageBackend: () => 'gnome_libsecret',
  ...changes,
})

const choose = async (given: KeyStore, platform: NodeJS.Platform): Promise<KeyProtector> =>
  chooseProtector(await systemStoreOf(given, platform), keyFile)

const key = Buffer.from('0123456789abcdef0123456789abcdef')

describe('protection by the key store', () => {
  it('gives back every key, and does not write it down', async () => {
    const protector = await choose(store(), 'linux')
    expect(protector.kind).toBe('os')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (bytes) => {
        const wrapped = await protector.wrap(Buffer.from(bytes))
        expect(wrapped.includes(Buffer.from(bytes))).toBe(false)
        expect((await protector.unwrap(wrapped)).equals(bytes)).toBe(true)
      }),
    )
  })
  it.each([
    ['a Linux desktop without one', 'linux', { getSelectedStorageBackend: () => 'basic_text' }],
    ['a Linux desktop that cannot tell', 'linux', { getSelectedStorageBackend: () => 'unknown' }],
    ['a system that has none', 'win32', { isAsyncEncryptionAvailable: () => Promise.resolve(false) }],
    ['one that fails', 'darwin', { isAsyncEncryptionAvailable: () => Promise.reject(new Error('no')) }],
  ] as [string, NodeJS.Platform, Partial<KeyStore>][])(
    'uses the key file with %s, and says so',
    async (_name, platform, changes) => {
      const protector = await choose(store(changes), platform)
      expect(protector.kind).toBe('key-file')
      const { state } = await systemStoreOf(store(changes), platform)
      expect(state).toBe(platform === 'linux' ? 'plain' : 'absent')
      expect(await protector.unwrap(await protector.wrap(key))).toEqual(key)
    },
  )
  it('asks about the backend on Linux only, where alone it exists', async () => {
    const silent = store({
      getSelectedStorageBackend: () => {
        throw new Error('not on this platform')
      },
    })
    expect((await choose(silent, 'darwin')).kind).toBe('os')
  })
  it('opens what the headless host closed with the key file', async () => {
    const protector = await choose(store(), 'linux')
    expect(await protector.unwrap(await keyFile.wrap(key))).toEqual(key)
  })
  it('says that the vault is locked when the key store has gone or does not know the key', async () => {
    const wrapped = await (await choose(store(), 'linux')).wrap(key)
    const without = await choose(store({ getSelectedStorageBackend: () => 'basic_text' }), 'linux')
    await expect(without.unwrap(wrapped)).rejects.toMatchObject({ code: 'vault-locked' })
    const another = store({ decryptStringAsync: () => Promise.reject(new Error('secret detail')) })
    const other = await choose(another, 'linux')
    await expect(other.unwrap(wrapped)).rejects.toMatchObject({ code: 'vault-locked' })
    await expect(other.unwrap(wrapped)).rejects.not.toThrow('secret detail')
  })
  it('does not close the vault with a key store that cannot open it again', async () => {
    const broken = store({ decryptStringAsync: () => Promise.resolve({ result: 'AAAA' }) })
    const protector = await choose(broken, 'linux')
    await expect(protector.wrap(key)).rejects.toMatchObject({ code: 'vault-locked' })
  })
})
