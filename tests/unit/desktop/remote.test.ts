import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { relaunchOf } from '../../../electron/desktop/relaunch.ts'
import { tlsOf } from '../../../electron/desktop/remote/connect.ts'
import { completeChoice, keptServer, keptServerPath } from '../../../electron/desktop/remote/kept-server.ts'
import { openServerChoice } from '../../../electron/desktop/remote/server-choice.ts'
import { failureOfError, failureOfStatus, linkOf, pauseAfter } from '../../../electron/desktop/remote/troubles.ts'
import { keyFileProtector } from '../../../electron/engine/vault/key-file.ts'
import { serverAddress, serverChoiceSchema, type ServerChoice } from '#shared/contract/desktop.ts'
import { AppError, type Failure } from '#shared/contract/errors.ts'
import { callFrame } from '#shared/contract/frames.ts'

const server = 'https://chat.example.com'
const choice: ServerChoice = { address: server, token: 'secret-token', authority: '' }
const errorWith = (code: string): Error => Object.assign(new Error('no'), { code })

describe('the address of a server', () => {
  it.each([
    server,
    'https://chat.example.com:8443/',
    'https://192.0.2.1',
    'http://127.0.0.1:8300',
    'http://localhost:8300',
    'http://[::1]:8300',
  ])('may be %s', (address) => {
    expect(serverAddress.safeParse(address).success).toBe(true)
  })
  it.each([
    '',
    'chat.example.com',
    'http://chat.example.com',
    'http://192.168.1.2:8300',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'ws://127.0.0.1:8300',
    'file:///etc/passwd',
    'https://user@chat.example.com',
    'https://user:word@chat.example.com',
    'https://chat.example.com/switchboard',
    'https://chat.example.com/?a',
    'https://chat.example.com/#a',
  ])('may not be %j', (address) => {
    expect(serverAddress.safeParse(address).success).toBe(false)
  })
  it('carries a token that no header can be broken with', () => {
    for (const token of ['a b', 'a\r\nX: y', '\u0000\n']) {
      expect(serverChoiceSchema.safeParse({ ...choice, token }).success).toBe(false)
    }
  })
})

describe('what keeps from a server', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'server-certificate', 'certificate-untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'server-certificate', 'certificate-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'server-certificate', 'certificate-untrusted'],
    ['CERT_HAS_EXPIRED', 'server-certificate', 'certificate-expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'server-certificate', 'certificate-other-name'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'server-other', 'server-no-tls'],
    ['EPROTO', 'server-other', 'server-no-tls'],
    ['ECONNREFUSED', 'server-unreachable', 'server-refuses'],
    ['ENOTFOUND', 'server-unreachable', 'server-unknown'],
    ['ETIMEDOUT', 'server-unreachable', 'server-silent'],
    ['EMFILE', 'server-unreachable', 'EMFILE'],
  ])('%s is told as %s: %s', (code, told, problem) => {
    expect(failureOfError(errorWith(code), server)).toEqual({ code: told, params: { server, problem } })
  })
  it.each([
    [401, 'server-token'],
    [429, 'too-many-requests'],
    [403, 'server-other'],
    [404, 'server-other'],
    [301, 'server-other'],
    [502, 'server-unreachable'],
    [503, 'server-unreachable'],
  ])('HTTP %i is told as %s', (status, told) => {
    expect(failureOfStatus(status, server).code).toBe(told)
  })
  it('is shown as something to mend only where waiting mends nothing', () => {
    const links = (['server-token', 'server-version', 'server-certificate', 'server-unreachable'] as const).map(
      (code) => linkOf({ code }),
    )
    expect(links).toEqual(['unauthorized', 'refused', 'connecting', 'connecting'])
  })
})

describe('the pause before the next attempt', () => {
  const away: Failure = { code: 'server-unreachable' }
  it('grows, to half a minute at most', () => {
    const pauses = Array.from({ length: 20 }, (_, index) => pauseAfter(index + 1, away, 1))
    expect(pauses.slice(0, 4)).toEqual([500, 1000, 2000, 4000])
    expect(pauses.toSorted((a, b) => a - b)).toEqual(pauses)
    expect(pauses.at(-1)).toBe(30_000)
  })
  it('differs from window to window, by half at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const [pause, full] = [pauseAfter(attempts, away, random), pauseAfter(attempts, away, 1)]
        expect(pause).toBeGreaterThanOrEqual(full / 2)
        expect(pause).toBeLessThanOrEqual(full)
      }),
    )
  })
  it.each(['server-token', 'server-version', 'too-many-requests'] as const)(
    'is long from the first on after %s, which counts as a guess or takes an update',
    (code) => {
      expect(pauseAfter(1, { code }, 0)).toBe(30_000)
      expect(pauseAfter(1, { code }, 1)).toBe(60_000)
    },
  )
})

it('certificates are always checked, against the given authority alone where there is one', () => {
  expect(tlsOf({ authority: '' })).toEqual({ rejectUnauthorized: true, minVersion: 'TLSv1.2' })
  expect(tlsOf({ authority: 'PEM' })).toEqual({ rejectUnauthorized: true, minVersion: 'TLSv1.2', ca: 'PEM' })
})

describe('the kept server', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-kept-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })
  const kept = (key = 'vault.key') =>
    keptServer(
      folder,
      keyFileProtector(join(folder, key), () => {}),
    )

  it('comes back as it was; the file tells nothing of it and is its owner’s', async () => {
    expect(await kept().read()).toBeNull()
    await kept().write({ ...choice, token: 'first' })
    await kept().write(choice)
    expect(await kept().read()).toEqual(choice)
    const file = readFileSync(keptServerPath(folder))
    for (const secret of [choice.token, 'chat.example.com', Buffer.from(choice.token).toString('base64')]) {
      expect(file.includes(secret)).toBe(false)
    }
    expect(readdirSync(folder).toSorted()).toEqual(['server.sealed', 'vault.key'])
    if (process.platform !== 'win32') expect(statSync(keptServerPath(folder)).mode & 0o777).toBe(0o600)
    await kept().forget()
    expect(await kept().read()).toBeNull()
  })
  it('is not opened when a byte was changed, nor with another key', async () => {
    await kept().write(choice)
    const file = readFileSync(keptServerPath(folder))
    await kept('other.key').write(choice)
    await expect(kept().read()).rejects.toMatchObject({ code: 'vault-locked' })
    file[file.length - 1]! ^= 1
    writeFileSync(keptServerPath(folder), file)
    await expect(kept().read()).rejects.toMatchObject({ code: 'vault-locked' })
  })

  /** The choice over a store in memory; each server is found well unless told. */
  async function open(usesServer: boolean, trial: (tried: ServerChoice) => void = () => {}) {
    const memory = { usesServer }
    const store = {
      usesServer: () => memory.usesServer,
      useServer: (wanted: boolean) => {
        memory.usesServer = wanted
      },
    }
    const tryServer = (tried: ServerChoice): Promise<void> =>
      new Promise((resolve) => {
        trial(tried)
        resolve()
      })
    const opened = await openServerChoice({ kept: kept(), store, tryServer, language: () => 'en' })
    return { opened, memory }
  }

  it('counts from the next start on, and its token is in nothing that the page is told', async () => {
    const { opened, memory } = await open(false)
    expect(opened.atStart).toBeNull()
    await opened.use(choice)
    expect(opened.state(null)).toEqual({
      uses: 'server',
      running: 'own',
      address: null,
      isPending: true,
      remembered: { address: server, authority: '' },
      problem: null,
    })
    const next = await open(memory.usesServer)
    expect(next.opened.atStart).toEqual(choice)
    const state = next.opened.state({ code: 'server-token', params: { server } })
    expect(state).toMatchObject({ running: 'server', address: server, isPending: false })
    expect(state.problem?.code).toBe('server-token')
    expect(JSON.stringify(state)).not.toContain(choice.token)
    // Another token for the same address waits for the next start as well.
    await next.opened.use({ ...choice, token: 'another' })
    expect(next.opened.state(null).isPending).toBe(true)
    await next.opened.own(false)
    expect(next.opened.state(null)).toMatchObject({ uses: 'own', isPending: true, remembered: { address: server } })
    await next.opened.own(true)
    expect(await kept().read()).toBeNull()
  })
  it('is not kept when the trial fails', async () => {
    const { opened, memory } = await open(false, () => {
      throw new AppError('server-token', { server })
    })
    await expect(opened.use(choice)).rejects.toMatchObject({ code: 'server-token' })
    expect(await kept().read()).toBeNull()
    expect(memory.usesServer).toBe(false)
  })
  it('that cannot be opened is told, and does not keep the window from opening', async () => {
    writeFileSync(keptServerPath(folder), 'nothing of ours')
    expect((await open(true)).opened.atStart).toMatchObject({ code: 'vault-locked' })
    rmSync(keptServerPath(folder))
    expect((await open(true)).opened.atStart).toMatchObject({ code: 'server-token-missing' })
  })
  it('lends its token to its own address alone', () => {
    const blank = { ...choice, token: '' }
    expect(completeChoice({ ...blank, address: `${server}/` }, choice)).toEqual(choice)
    expect(() => completeChoice({ ...blank, address: 'https://evil.example' }, choice)).toThrow(
      expect.objectContaining({ code: 'server-token-missing' }) as Error,
    )
    // Who brings an authority of their own could pose as the address.
    const other = { ...choice, authority: rootCertificates[0]?.trim() ?? '' }
    expect(completeChoice({ ...other, token: '' }, other)).toEqual(other)
    for (const [wanted, kept] of [
      [other, choice],
      [choice, other],
    ] as const) {
      expect(() => completeChoice({ ...wanted, token: '' }, kept)).toThrow(
        expect.objectContaining({ code: 'server-token-missing' }) as Error,
      )
    }
    expect(() => completeChoice(blank, null)).toThrow(
      expect.objectContaining({ code: 'server-token-missing' }) as Error,
    )
    expect(() => completeChoice({ ...choice, authority: 'no certificate' }, null)).toThrow(
      expect.objectContaining({ code: 'server-authority' }) as Error,
    )
  })
})

it('a seat that a caller names is a window’s, and can be no browser’s session', () => {
  const frame = { type: 'call', id: 1, entry: 'lock.get', input: {} }
  expect(callFrame.safeParse({ ...frame, seat: `window:${'a'.repeat(32)}` }).success).toBe(true)
  for (const seat of ['desktop', 'a'.repeat(43), 'window:short', `window:${'a'.repeat(65)}`]) {
    expect(callFrame.safeParse({ ...frame, seat }).success).toBe(false)
  }
})

describe('the application starts itself again', () => {
  const argv = [
    '/opt/switchboard',
    '--data',
    '/data',
    '--hidden',
    '--remove-lock',
    'switchboard://conversation/1/friend/a',
  ]
  it('on the same data, visible, without what counted once', () => {
    expect(relaunchOf({ argv, env: {}, execPath: '/opt/switchboard' }, true)).toEqual({
      execPath: '/opt/switchboard',
      args: ['--data', '/data'],
    })
  })
  it('as the AppImage that it came in', () => {
    const host = { argv, env: { APPIMAGE: '/home/a/Switchboard.AppImage' }, execPath: '/tmp/.mount/switchboard' }
    expect(relaunchOf(host, true).execPath).toBe('/home/a/Switchboard.AppImage')
    expect(relaunchOf(host, false).execPath).toBe('/tmp/.mount/switchboard')
  })
})
