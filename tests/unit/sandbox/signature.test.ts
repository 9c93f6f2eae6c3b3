import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { AlipaySdk } from 'alipay-sdk'
import { describe, expect, it } from 'vitest'
import { isSignedBy, makeKeyPair, readPublicKey, signingString } from '../../../electron/sandbox/signature.ts'
import { wrapCallback } from '../../../electron/sandbox/wrap.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const sdk = (signType: 'RSA2' | 'RSA' = 'RSA2'): AlipaySdk =>
  new AlipaySdk({ appId: '2026', privateKey, keyType: 'PKCS8', alipayPublicKey: publicKey, signType })

describe('signatures, judged by the SDK of the platform that the rule comes from', () => {
  it.each(['RSA2', 'RSA'] as const)('accepts its %s and refuses a change', (signType) => {
    const query = sdk(signType).sdkExecute('open.robot.sendMessage', {
      data: '{"text":"您好 😀 a=b&c"}',
      empty_one: 'x',
    })
    const fields = new Map(new URLSearchParams(query))
    const key = readPublicKey(publicKey)
    const sign = fields.get('sign') ?? ''
    expect(isSignedBy(key, signType, signingString(fields, ['sign']), sign)).toBe(true)
    fields.set('data', '{}')
    expect(isSignedBy(key, signType, signingString(fields, ['sign']), sign)).toBe(false)
  })

  it('signs callbacks by its rule for notifications', () => {
    const fields = { type: '1005', nType: 7, optSerNo: '', data: { Content: '有货 "吗"', list: [1] } }
    const settings = { signCallbacks: true, bodyForm: 'json' } as const
    const { body } = wrapCallback(fields, settings, createPrivateKey(privateKey))
    const { data, nType, ...texts } = JSON.parse(body) as Record<string, string>
    const notified = { ...texts, nType: String(nType), data: JSON.stringify(data) }
    // The SDK knows no empty values; the rule drops them.
    const { optSerNo: _, ...filled } = notified as typeof notified & { optSerNo?: string }
    expect(sdk().checkNotifySignV2(filled)).toBe(true)
    expect(sdk().checkNotifySignV2({ ...filled, type: '1007' })).toBe(false)
    expect(wrapCallback(fields, { ...settings, signCallbacks: false }, createPrivateKey(privateKey)).body).toBe(
      JSON.stringify(fields),
    )
  })
})

describe('keys', () => {
  it('are read in four forms', () => {
    const key = createPublicKey(publicKey)
    const forms = [
      publicKey,
      key.export({ type: 'pkcs1', format: 'pem' }).toString(),
      key.export({ type: 'spki', format: 'der' }).toString('base64'),
      key.export({ type: 'pkcs1', format: 'der' }).toString('base64'),
    ]
    for (const form of forms) expect(readPublicKey(form).equals(key)).toBe(true)
  })

  it('are refused when they are none, no RSA, or of another size', () => {
    expect(() => readPublicKey('nonsense')).toThrow()
    const { publicKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => readPublicKey(ec.export({ type: 'spki', format: 'pem' }).toString())).toThrow(/no RSA/)
    const { publicKey: long } = generateKeyPairSync('rsa', { modulusLength: 3072 })
    expect(() => readPublicKey(long.export({ type: 'spki', format: 'pem' }).toString())).toThrow(/3072 bits/)
  })

  it('are made as a pair', async () => {
    const pair = await makeKeyPair()
    const derived = createPublicKey(pair.privateKeyPem).export({ type: 'spki', format: 'pem' })
    expect(derived).toBe(pair.publicKeyPem)
  })
})
