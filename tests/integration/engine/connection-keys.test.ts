/** Keys of a connection: what is taken, what is refused and why, and the change from one to the next. */
import Database from 'better-sqlite3'
import { createHash, createPrivateKey, generateKeyPairSync, verify } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '#shared/contract/entries/connections.ts'
import { accepted, merchantKeys, refused, type PlatformRequest } from '../../support/fake-platform.ts'
import { openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'

let office: EngineOffice
beforeAll(async () => {
  office = await openEngineOffice()
})
afterAll(() => office.close())

const pairOf = (bits = 2048) =>
  generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

const connection = async (id: string): Promise<Connection> => {
  const found = (await office.desk.call('connections.list', {})).items.find((item) => item.id === id)
  if (!found) throw new Error('no such connection')
  return found
}

/** Names of the private keys in the vault, as the file has them. */
function vaultKeys(): string[] {
  const db = new Database(join(office.desk.dataDir, 'switchboard.db'), { readonly: true })
  try {
    const rows = db.prepare(`SELECT name FROM secrets WHERE name LIKE 'private-key/%'`).all() as { name: string }[]
    return rows.map(({ name }) => name.slice('private-key/'.length))
  } finally {
    db.close()
  }
}

/** Whether a request was signed by the private half of a public key. */
const isSignedBy = ({ envelope }: PlatformRequest, publicKeyPem: string): boolean => {
  const { sign = '', ...rest } = envelope
  const text = Object.entries(rest)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return verify('RSA-SHA256', Buffer.from(text), publicKeyPem, Buffer.from(sign, 'base64'))
}

/** The platform takes only what is signed by one of these. */
const onlySignedBy = (...keys: string[]) => {
  office.platform.script = (request) =>
    keys.some((key) => isSignedBy(request, key)) ? accepted(request) : refused('40002', 'sign 验签失败')(request)
}

describe('an import', () => {
  it('opens an encrypted key with its password, and keeps neither', async () => {
    const { privateKey, publicKey } = pairOf()
    const encrypted = createPrivateKey(privateKey)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pass-of-this-key' })
      .toString()
    const saved = await office.desk.connect(office.platform, {
      privateKeyPem: encrypted,
      privateKeyPassword: 'pass-of-this-key',
      publicKeyPem: publicKey,
    })
    expect(saved.publicKeyPem).toBe(publicKey)
    const der = Buffer.from(publicKey.replace(/-----[^-]+-----/g, ''), 'base64')
    expect(saved.publicKeyFingerprint).toBe(createHash('sha256').update(der).digest('hex'))
    const body = encrypted.split('\n')[3] ?? ''
    const plain = privateKey.split('\n')[3] ?? ''
    for (const name of await readdir(office.desk.dataDir)) {
      const bytes = await readFile(join(office.desk.dataDir, name)).catch(() => Buffer.alloc(0))
      for (const secret of ['pass-of-this-key', body, plain]) expect(bytes.includes(secret), name).toBe(false)
    }
    expect(JSON.stringify([office.desk.events, office.desk.log])).not.toContain(plain)
  })

  it('says why it is refused, in both languages, and repeats nothing of it', async () => {
    const other = pairOf()
    const encrypted = createPrivateKey(other.privateKey)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' })
      .toString()
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    const cases: [object, string, RegExp][] = [
      [{ privateKeyPem: pairOf(1024).privateKey }, 'key-too-short', /1024 位/],
      [{ privateKeyPem: ec.toString() }, 'key-not-rsa', /EC/],
      [{ privateKeyPem: other.publicKey }, 'key-is-public', /公钥/],
      [{ privateKeyPem: encrypted }, 'key-password-needed', /口令/],
      [{ privateKeyPem: encrypted, privateKeyPassword: 'wrong-one' }, 'key-wrong-password', /口令不正确/],
      [{ privateKeyPem: other.privateKey, publicKeyPem: merchantKeys.publicKey }, 'key-mismatch', /不是一对/],
    ]
    for (const [input, problem, words] of cases) {
      const whole = { ...(await connection(office.connectionId)), ...input, id: office.connectionId }
      const refusal = await office.desk.refusal('connections.save', whole)
      expect(refusal).toMatchObject({ code: 'key-unreadable', params: { problem, field: 'privateKeyPem' } })
      const chinese = await office.desk.engine.call('connections.save', whole, { locale: 'zh-CN' })
      expect(chinese.ok ? '' : chinese.error.message).toMatch(words)
      const said = JSON.stringify([refusal, chinese, office.desk.log])
      expect(said).not.toContain('PRIVATE KEY')
      expect(said).not.toContain('wrong-one')
    }
  })
})

describe('a key', () => {
  it('is changed only when the new one has worked, and the old one is gone then', async () => {
    const { id } = await office.desk.connect(office.platform)
    const old = await connection(id)
    onlySignedBy(old.publicKeyPem)
    const next = await office.desk.call('connections.rotateKey', { id })
    expect(await connection(id)).toMatchObject({ publicKeyPem: old.publicKeyPem, nextKey: next })
    expect(vaultKeys()).toContain(next.publicKeyFingerprint)
    // Calls go on with the present one.
    const list = { connectionId: id, vcRobotSerialNo: 'r' }
    expect(await office.desk.call('platform.getFriendList', list)).toMatchObject({ success: true })
    // The operator has not registered it yet.
    const early = await office.desk.call('connections.tryKey', { id })
    expect(early).toMatchObject({ adopted: false, works: false, verdict: 'signature-refused' })
    expect(early.steps.find(({ step }) => step === 'signature')?.hint).toContain(next.publicKeyFingerprint)
    expect(await connection(id)).toMatchObject({ publicKeyPem: old.publicKeyPem, nextKey: next })
    onlySignedBy(next.publicKeyPem)
    expect(await office.desk.call('connections.tryKey', { id })).toMatchObject({ adopted: true, works: true })
    expect(await connection(id)).toMatchObject({ ...next, nextKey: null })
    expect(await office.desk.call('platform.getFriendList', list)).toMatchObject({ success: true })
    expect(await office.desk.refusal('connections.tryKey', { id })).toMatchObject({ code: 'not-allowed-now' })
    expect(await office.desk.refusal('connections.adoptKey', { id })).toMatchObject({ code: 'not-allowed-now' })
  })

  it('that nobody uses any more does not stay in the vault, and one that another connection uses does', async () => {
    const { privateKey } = pairOf()
    const first = await office.desk.connect(office.platform, { privateKeyPem: privateKey })
    const second = await office.desk.connect(office.platform, { privateKeyPem: privateKey })
    const shared = first.publicKeyFingerprint
    const present = async (id: string) => ({ ...(await connection(id)), publicKeyPem: undefined, id })
    // Replaced at once by saving.
    await office.desk.call('connections.save', { ...(await present(first.id)), privateKeyPem: pairOf().privateKey })
    expect(vaultKeys()).toContain(shared)
    const next = await office.desk.call('connections.rotateKey', { id: second.id })
    const better = await office.desk.call('connections.rotateKey', { id: second.id })
    expect(vaultKeys()).not.toContain(next.publicKeyFingerprint)
    await office.desk.call('connections.adoptKey', { id: second.id })
    expect(vaultKeys()).toContain(better.publicKeyFingerprint)
    expect(vaultKeys()).not.toContain(shared)
    const given = await office.desk.call('connections.rotateKey', { id: second.id })
    await office.desk.call('connections.dropKey', { id: second.id })
    expect(vaultKeys()).not.toContain(given.publicKeyFingerprint)
    await office.desk.call('connections.remove', { id: second.id })
    expect(vaultKeys()).not.toContain(better.publicKeyFingerprint)
  })

  it('cannot be replaced by itself', async () => {
    const { id } = await office.desk.connect(office.platform)
    const refusal = await office.desk.refusal('connections.rotateKey', { id, privateKeyPem: merchantKeys.privateKey })
    expect(refusal).toMatchObject({ code: 'key-unreadable', params: { problem: 'key-same' } })
  })
})

describe('what a removal takes along', () => {
  it('is told in numbers first', async () => {
    office.platform.script = accepted
    const saved = await office.desk.connect(office.platform)
    await office.desk.call('robots.add', { connectionId: saved.id, serialNo: 'r-1' })
    const body = {
      nType: 1005,
      optvcRobotSerialNo: 'r-1',
      data: { FromUserId: 'u', Content: 'x', nPlatformMsgType: 10 },
    }
    await office.desk.deliver(saved.callbackUrl, body)
    await office.desk.call('platform.getFriendList', { connectionId: saved.id, vcRobotSerialNo: 'r-1' })
    expect(await office.desk.call('connections.removal', { id: saved.id })).toEqual({
      robots: 1,
      conversations: 1,
      messages: 1,
      calls: 1,
      callbacks: 1,
    })
  })
})
