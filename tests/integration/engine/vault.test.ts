/** The vault's change of protection with real files: what was kept opens again, whatever is refused or breaks off. */
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import { passphraseProtector } from '#engine/vault/passphrase.ts'
import type { KeyProtector, SystemStore } from '#engine/vault/protector.ts'
import { fileSteps, type FileSteps } from '#engine/vault/vault-file.ts'
import { openVault } from '#engine/vault/vault.ts'
import { Desk, engineOptions } from '../../support/desk.ts'
import { createEngine } from '#engine/engine.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-vault-'))
})
afterEach(() => rm(folder, { recursive: true }))

/* Cheap, since the tests are about files and not about the cost of guessing. */
const cheap = { logN: 4, r: 1, p: 1 }
const phrase = (text: string): KeyProtector => passphraseProtector(text, cheap)
const keyFile = (): KeyProtector => keyFileProtector(join(folder, 'vault.key'), () => {})

describe('a change of what protects the vault that breaks off', () => {
  const secrets = new Map<string, Uint8Array>()
  const store = {
    read: (_name: string, name: string) => Promise.resolve(secrets.get(name) ?? null),
    write: (_name: string, { name, sealed }: { name: string; sealed: Uint8Array }) => {
      secrets.set(name, sealed)
      return Promise.resolve()
    },
  }
  const open = async (protector: KeyProtector, steps?: FileSteps) =>
    (await openVault(folder, protector, steps))(store as never)
  const broken = (): Promise<never> => Promise.reject(Object.assign(new Error('broken off'), { code: 'EIO' }))

  it.each([
    ['before a byte was written', { write: broken }],
    ['in the middle of writing', { write: (path: string) => writeFile(path, '{"version":1,"prot').then(broken) }],
    ['before the new file took the place of the old', { rename: broken }],
  ] as [string, Partial<FileSteps>][])('%s leaves the old protection', async (_when, failing) => {
    await (await open(phrase('the old one'))).put('connection/1/key', 'PRIVATE')
    // What dies cleans nothing up.
    const vault = await open(phrase('the old one'), { ...fileSteps, remove: broken, ...failing })
    await expect(vault.protect(phrase('the new one'))).rejects.toMatchObject({ code: 'storage-failed' })
    expect(vault.kind).toBe('passphrase')
    expect(await vault.get('connection/1/key')).toBe('PRIVATE')

    await expect(open(phrase('the new one'))).rejects.toMatchObject({ code: 'vault-locked' })
    const again = await open(phrase('the old one'))
    expect(await again.get('connection/1/key')).toBe('PRIVATE')
    await again.protect(phrase('the new one'))
    expect(await (await open(phrase('the new one'))).get('connection/1/key')).toBe('PRIVATE')
  })

  it('after the new file took its place leaves the new one', async () => {
    await (await open(phrase('the old one'))).put('connection/1/key', 'PRIVATE')
    const vault = await open(phrase('the old one'), { ...fileSteps, syncFolder: broken })
    await vault.protect(keyFile())
    expect(vault.kind).toBe('key-file')
    expect(await (await open(keyFile())).get('connection/1/key')).toBe('PRIVATE')
  })

  it('is not made with a protection that does not open what it closed', async () => {
    const vault = await open(phrase('the old one'))
    const lying = { ...phrase('x'), unwrap: () => Promise.resolve(Buffer.alloc(32)) }
    await expect(vault.protect(lying)).rejects.toMatchObject({ code: 'vault-locked' })
    await open(phrase('the old one'))
  })

  it('says that the disk is full where it is', async () => {
    const full = (): Promise<never> => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
    const vault = await open(phrase('the old one'), fileSteps)
    const there = await readFile(join(folder, 'vault.json'), 'utf8')
    const onFullDisk = await open(phrase('the old one'), { ...fileSteps, write: full })
    await expect(onFullDisk.protect(keyFile())).rejects.toMatchObject({ code: 'disk-full' })
    expect(await readFile(join(folder, 'vault.json'), 'utf8')).toBe(there)
    expect(vault.kind).toBe('passphrase')
  })
})

describe('through the contract', () => {
  const password = 'hunter2 of the robot'
  /** An engine on the folder, with a connection's private key in the vault. */
  const engine = async (protector?: KeyProtector, more: object = {}): Promise<Desk> =>
    Desk.open(folder, { ...(protector ? { protector } : {}), ...more })
  const fits = async (protector: KeyProtector): Promise<boolean> => {
    const copy = await mkdtemp(join(tmpdir(), 'switchboard-vault-copy-'))
    try {
      await cp(folder, copy, { recursive: true })
      await openVault(copy, protector)
      return true
    } catch {
      return false
    } finally {
      await rm(copy, { recursive: true })
    }
  }

  it('goes from the key file to a passphrase, to another one, and back; keys and passwords stay', async () => {
    const desk = await engine()
    const { id } = await desk.connect({ url: 'http://127.0.0.1:9' })
    const keyOf = async (on: Desk) =>
      (await on.call('connections.list', {})).items.find((item) => item.id === id)?.publicKeyFingerprint
    const fingerprint = await keyOf(desk)
    expect(await desk.call('vault.get', {})).toEqual({
      kind: 'key-file',
      offers: ['passphrase'],
      systemStore: null,
      keyFile: join(folder, 'vault.key'),
    })
    await desk.call('vault.change', { to: 'passphrase', passphrase: password })
    expect(await desk.call('vault.get', {})).toMatchObject({ kind: 'passphrase', offers: ['passphrase', 'key-file'] })
    expect((await desk.call('system.info', {})).vault.kind).toBe('passphrase')
    await expect.poll(() => desk.of('system.changed').at(-1)?.vault.kind).toBe('passphrase')
    // The key file is gone: of the folder alone nothing can be opened.
    await expect(stat(join(folder, 'vault.key'))).rejects.toMatchObject({ code: 'ENOENT' })
    await desk.close(true)

    await expect(createEngine(engineOptions(folder)).start()).rejects.toMatchObject({ code: 'vault-locked' })
    await expect(engine(passphraseProtector('wrong'))).rejects.toMatchObject({ code: 'vault-locked' })
    const next = await engine(passphraseProtector(password))
    expect(await keyOf(next)).toBe(fingerprint)
    const other = { to: 'passphrase', passphrase: 'quite another one' } as const
    expect((await next.refusal('vault.change', { ...other, current: 'wrong' })).code).toBe('wrong-passphrase')
    expect((await next.refusal('vault.change', { to: 'key-file' })).code).toBe('wrong-passphrase')
    expect(await fits(passphraseProtector(password))).toBe(true)
    await next.call('vault.change', { ...other, current: password })
    await next.call('vault.change', { to: 'key-file', current: other.passphrase })
    await next.close(true)

    const last = await engine()
    expect((await last.call('vault.get', {})).kind).toBe('key-file')
    // The private key of the connection is still there, and signs.
    expect((await last.call('connections.test', { id })).steps.length).toBeGreaterThan(0)
    expect(await keyOf(last)).toBe(fingerprint)
    expect(JSON.stringify(last.log)).not.toContain(password)
    await last.close(true)
  })

  it('lets nobody guess, and offers nothing that the host cannot do', async () => {
    const desk = await engine(passphraseProtector(password))
    const guess = (): Promise<string> =>
      desk.refusal('vault.change', { to: 'key-file', current: 'guess' }).then(({ code }) => code)
    expect(await Promise.all([guess(), guess(), guess(), guess()])).toEqual([
      'wrong-passphrase',
      'wrong-passphrase',
      'wrong-passphrase',
      'lock-wait',
    ])
    expect((await desk.refusal('vault.change', { to: 'os' })).code).toBe('not-available')
    expect((await desk.refusal('vault.change', { to: 'passphrase', passphrase: 'short' })).code).toBe('invalid-input')
    await desk.close(true)
  })

  it('on the desktop goes to the system’s key store once there is one, and says when it is plain text only', async () => {
    const protector: KeyProtector = {
      kind: 'os',
      wrap: (key) => Promise.resolve(Buffer.from(key.map((byte) => byte ^ 90))),
      unwrap: (wrapped) => Promise.resolve(Buffer.from(wrapped.map((byte) => byte ^ 90))),
    }
    const plain: SystemStore = { state: 'plain', protector }
    const desk = await engine(undefined, { host: 'desktop', systemStore: plain })
    expect(await desk.call('vault.get', {})).toMatchObject({ kind: 'key-file', offers: [], systemStore: 'plain' })
    await desk.close(true)
    const later = await engine(undefined, { host: 'desktop', systemStore: { state: 'usable', protector } })
    expect(await later.call('vault.get', {})).toMatchObject({ kind: 'key-file', offers: ['os'] })
    await later.call('vault.change', { to: 'os' })
    expect(await later.call('vault.get', {})).toMatchObject({ kind: 'os', offers: ['key-file'] })
    await later.close(true)
    expect(await fits(protector)).toBe(true)
  })
})
