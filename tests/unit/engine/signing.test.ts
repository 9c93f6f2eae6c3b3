import { AlipaySdk } from 'alipay-sdk'
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { advancedSchema } from '#shared/contract/entries/connections.ts'
import { fullMethodName, signedRequest, timestamp, type EnvelopeSource } from '#engine/platform/envelope.ts'
import { generatePrivateKey, publicHalf, readPrivateKey, readPublicKey } from '#engine/platform/keys.ts'
import { signingString, signText } from '#engine/platform/signing.ts'
import { merchantKeys } from '../../support/fake-platform.ts'

const key = createPrivateKey(merchantKeys.privateKey)
const pem = (type: 'pkcs1' | 'pkcs8'): string => key.export({ type, format: 'pem' }).toString()
const problemOf = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error instanceof AppError ? error.params?.problem : error
  }
  return undefined
}
const bare = (text: string): string => text.replace(/-----[^-]+-----/g, '').replace(/\s/g, '')

describe('signing string', () => {
  it('is every non-empty parameter but sign, by name in byte order, values as they are', () => {
    const text = signingString({ b: '2 &=中', a: '1', Merchantid: 'M', empty: '', sign: 'x', sign_type: 'RSA2' })
    expect(text).toBe('Merchantid=M&a=1&b=2 &=中&sign_type=RSA2')
    expect(signingString({ a: '1', sign_type: 'RSA2' }, false)).toBe('a=1')
  })

  it('holds each parameter once, sorted by bytes, whatever their order', () => {
    const parameters = fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(parameters, (given) => {
        const entries = Object.entries(given)
        const expected = entries
          .filter(([name, value]) => name !== 'sign' && value !== '')
          .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
          .map(([name, value]) => `${name}=${value}`)
          .join('&')
        expect(signingString(given)).toBe(expected)
        expect(signingString(Object.fromEntries(entries.reverse()))).toBe(expected)
      }),
    )
  })
})

describe('signature', () => {
  const text = 'Merchantid=1&data={"text":"你好 👋 & = %20"}&sign_type=RSA2'

  it.each([
    ['RSA2', 'RSA-SHA256', '-sha256'],
    ['RSA', 'RSA-SHA1', '-sha1'],
  ] as const)('%s is what node and openssl verify, in 344 characters', async (signType, digest, option) => {
    const signature = await signText(text, key, signType)
    expect(signature).toHaveLength(344)
    const bytes = Buffer.from(signature, 'base64')
    expect(verify(digest, Buffer.from(text), merchantKeys.publicKey, bytes)).toBe(true)
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-sign-'))
    const file = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    try {
      const files = [file('key.pem', merchantKeys.publicKey), '-signature', file('sign', bytes), file('text', text)]
      expect(execFileSync('openssl', ['dgst', option, '-verify', ...files]).toString()).toContain('Verified OK')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is what Alipay’s own SDK takes for a notification', async () => {
    const sdk = new AlipaySdk({
      appId: '2021000000000001',
      privateKey: bare(pem('pkcs1')),
      alipayPublicKey: bare(merchantKeys.publicKey),
      signType: 'RSA2',
    })
    const parameters = fc.dictionary(
      fc.constantFrom('app_id', 'method', 'timestamp', 'charset', 'version', 'data'),
      fc.string({ minLength: 1, unit: 'grapheme' }),
      { minKeys: 1 },
    )
    await fc.assert(
      fc.asyncProperty(parameters, async (given) => {
        const sign = await signText(signingString(given, false), key, 'RSA2')
        expect(sdk.checkNotifySignV2({ ...given, sign, sign_type: 'RSA2' })).toBe(true)
        expect(sdk.checkNotifySignV2({ ...given, data: 'other', sign, sign_type: 'RSA2' })).toBe(false)
      }),
      { numRuns: 20 },
    )
  })
})

describe('keys', () => {
  const forms = { 'PKCS#8 PEM': pem('pkcs8'), 'PKCS#1 PEM': pem('pkcs1') }
  const all = Object.entries(forms).flatMap(([name, text]) => [
    [name, text] as const,
    [`bare ${name}`, bare(text)] as const,
    [`${name} with Windows line ends and blanks around`, `\r\n ${text.replaceAll('\n', '\r\n')} `] as const,
  ])

  it.each(all)('takes a private key as %s', (_name, text) => {
    expect(publicHalf(readPrivateKey(text)).pem.trim()).toBe(merchantKeys.publicKey.trim())
  })

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ed = generateKeyPairSync('ed25519')
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const pkcs8 = (of: KeyObject): string => of.export({ type: 'pkcs8', format: 'pem' }).toString()
  const password = '口令 with blanks'
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password }).toString()
  const legacy = key.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: password }).toString()
  const openssl = (...given: string[]): string => execFileSync('openssl', given, { stdio: 'pipe' }).toString()
  const certificate = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-certificate-'))
    try {
      writeFileSync(join(folder, 'key.pem'), pem('pkcs8'))
      return openssl('req', '-x509', '-key', join(folder, 'key.pem'), '-subj', '/CN=x', '-days', '1')
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  it.each<[string, string, string]>([
    ['an EC key', 'key-not-rsa', pkcs8(ec.privateKey)],
    ['a bare EC key', 'key-not-rsa', bare(pkcs8(ec.privateKey))],
    ['an EC key in its own form', 'key-not-rsa', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
    ['an Ed25519 key', 'key-not-rsa', pkcs8(ed.privateKey)],
    ['1024 bits', 'key-too-short', pkcs8(short.privateKey)],
    ['a public key', 'key-is-public', merchantKeys.publicKey],
    ['a bare public key', 'key-is-public', bare(merchantKeys.publicKey)],
    ['a certificate', 'key-is-certificate', certificate()],
    ['a bare certificate', 'key-is-certificate', bare(certificate())],
    [
      'an OpenSSH key',
      'key-is-openssh',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
    ],
    ['an encrypted key', 'key-password-needed', encrypted],
    ['a bare encrypted key', 'key-password-needed', bare(encrypted)],
    ['a key encrypted in the old way', 'key-password-needed', legacy],
    ['garbage', 'key-not-text', 'no key, at all!'],
    ['garbage in base64', 'key-damaged', Buffer.from('not a key at all').toString('base64')],
    ['a cut PEM', 'key-damaged', pem('pkcs8').slice(0, 300)],
    ['a PEM with a piece missing', 'key-damaged', pem('pkcs8').slice(0, 300) + pem('pkcs8').slice(400)],
    ['nothing', 'key-not-text', '  '],
  ])('refuses %s as private key: %s', (_name, problem, text) => {
    expect(() => readPrivateKey(text)).toThrowError(expect.objectContaining({ code: 'key-unreadable' }))
    expect(problemOf(() => readPrivateKey(text))).toBe(problem)
  })

  const piecemeal = encrypted.slice(0, 400) + encrypted.slice(500)
  it.each([
    ['PKCS#8', encrypted],
    ['bare PKCS#8', bare(encrypted)],
    ['the old DEK-Info', legacy],
  ])('opens a key encrypted as %s with its password, and says when that is wrong', (_name, text) => {
    expect(publicHalf(readPrivateKey(text, password)).pem).toBe(merchantKeys.publicKey)
    for (const wrong of ['x', `${password} `, 'a', 'b', 'c']) {
      expect(problemOf(() => readPrivateKey(text, wrong))).toBe('key-wrong-password')
    }
  })

  it('tells a damaged encrypted key from a wrong password', () => {
    expect(problemOf(() => readPrivateKey(piecemeal, password))).toBe('key-damaged')
  })

  it('opens what openssl encrypted, and openssl reads what was made here', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'))
    try {
      const made = await generatePrivateKey()
      writeFileSync(join(folder, 'made.pem'), made)
      const half = publicHalf(readPrivateKey(made))
      expect(openssl('rsa', '-in', join(folder, 'made.pem'), '-pubout')).toBe(half.pem)
      const der = ['pkey', '-pubin', '-outform', 'DER']
      writeFileSync(join(folder, 'half.pem'), half.pem)
      const digest = execFileSync('openssl', [...der, '-in', join(folder, 'half.pem')], { stdio: 'pipe' })
      expect(createHash('sha256').update(digest).digest('hex')).toBe(half.fingerprint)
      for (const way of [
        ['pkcs8', '-topk8', '-v2', 'aes-128-cbc'],
        ['rsa', '-aes256', '-traditional'],
        ['rsa', '-des3', '-traditional'],
      ]) {
        const sealed = openssl(...way, '-in', join(folder, 'made.pem'), '-passout', 'pass:geheim')
        expect(sealed).toContain('ENCRYPTED')
        expect(publicHalf(readPrivateKey(sealed, 'geheim')).pem).toBe(half.pem)
        expect(problemOf(() => readPrivateKey(sealed, 'falsch'))).toBe('key-wrong-password')
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('takes a public key in four forms and refuses a private one', () => {
    const asPkcs1 = readPublicKey(merchantKeys.publicKey).export({ type: 'pkcs1', format: 'pem' }).toString()
    for (const text of [merchantKeys.publicKey, bare(merchantKeys.publicKey), asPkcs1, bare(asPkcs1)]) {
      expect(readPublicKey(text).export({ type: 'spki', format: 'pem' })).toBe(merchantKeys.publicKey)
    }
    for (const text of [pem('pkcs8'), pem('pkcs1'), bare(pem('pkcs8')), bare(pem('pkcs1')), bare(encrypted)]) {
      expect(problemOf(() => readPublicKey(text))).toBe('key-is-private')
    }
  })

  it('refuses a key whose own halves are of two pairs', () => {
    const own = key.export({ format: 'jwk' })
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
    // The library itself takes it as it stands.
    const mixed = createPrivateKey({ format: 'jwk', key: { ...other, n: own.n ?? '' } })
    for (const type of ['pkcs1', 'pkcs8'] as const) {
      const text = mixed.export({ type, format: 'pem' }).toString()
      expect(problemOf(() => readPrivateKey(text))).toBe('key-halves')
      expect(problemOf(() => readPrivateKey(bare(text)))).toBe('key-halves')
    }
  })

  it('makes RSA-2048 pairs', async () => {
    const made = readPrivateKey(await generatePrivateKey())
    expect(made.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(publicHalf(made).fingerprint).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('envelope', () => {
  const source: EnvelopeSource = {
    gatewayUrl: 'https://platform.example/gateway.do?tenant=7',
    appId: '2021000000000001',
    merchantNo: '2021004186687842',
    methodPrefix: 'xx.xx',
    signType: 'RSA2',
    timeZone: 'Asia/Shanghai',
    advanced: advancedSchema.parse({}),
  }
  const data = '{"content":{"msg_content":"a&b=c 你好+%"}}'
  const at = new Date('2026-11-23T16:05:09Z')
  const expected = {
    app_id: '2021000000000001',
    method: 'xx.xx.sendMessage',
    timestamp: '2026-11-24 00:05:09',
    format: 'json',
    charset: 'utf-8',
    sign_type: 'RSA2',
    version: '1.0',
    Merchantid: '2021004186687842',
    data,
  }

  it.each([
    ['form', 'body'],
    ['form', 'query'],
    ['json', 'body'],
    ['json', 'query'],
  ] as const)('as %s with parameters in the %s', async (contentType, placement) => {
    const advanced = advancedSchema.parse({ contentType, placement })
    const request = await signedRequest({ ...source, advanced }, 'sendMessage', data, key, at)
    const query = Object.fromEntries(new URL(request.url).searchParams)
    const body =
      contentType === 'json'
        ? (JSON.parse(request.body) as Record<string, string>)
        : Object.fromEntries(new URLSearchParams(request.body))
    const { tenant, ...inQuery } = query
    expect(tenant).toBe('7')
    if (placement === 'query') expect(Object.keys(body)).toEqual(['data'])
    else expect(inQuery).toEqual({})
    const { sign = '', ...envelope } = { ...inQuery, ...body }
    expect(envelope).toEqual(expected)
    const signed = Object.entries(expected)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
    expect(request.signingString).toBe(signed)
    const valid = verify('RSA-SHA256', Buffer.from(signed), merchantKeys.publicKey, Buffer.from(sign, 'base64'))
    expect(valid).toBe(true)
    expect(request.headers['content-type']).toMatch(
      contentType === 'json' ? /^application\/json/ : /^application\/x-www-form-urlencoded; charset=utf-8$/,
    )
  })

  it('follows the settings of the connection', async () => {
    const advanced = advancedSchema.parse({
      merchantId: 'M-2',
      signTypeInString: false,
      methodNames: { login: 'yy.login' },
    })
    const request = await signedRequest({ ...source, advanced, signType: 'RSA' }, 'login', '{}', key, at)
    expect(request.parameters).toMatchObject({ Merchantid: 'M-2', method: 'yy.login', sign_type: 'RSA' })
    expect(request.signingString).not.toContain('sign_type')
    expect(fullMethodName({ ...source, advanced }, 'logout')).toBe('xx.xx.logout')
  })

  it('writes the time in the zone of the platform, also across midnight and summer time', () => {
    expect(timestamp(at, 'UTC')).toBe('2026-11-23 16:05:09')
    expect(timestamp(new Date('2026-11-23T16:00:00Z'), 'Asia/Shanghai')).toBe('2026-11-24 00:00:00')
    expect(timestamp(new Date('2026-07-01T12:00:00Z'), 'Europe/Berlin')).toBe('2026-07-01 14:00:00')
  })
})
