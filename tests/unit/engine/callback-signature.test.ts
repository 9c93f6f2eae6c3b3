/** Callbacks that others signed: openssl by both algorithms, and the rule of Alipay's own SDK as the judge of the string. */
import { AlipaySdk } from 'alipay-sdk'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { signatureFault } from '#engine/callbacks/signature.ts'
import { readPrivateKey } from '#engine/platform/keys.ts'
import { signingString, signText } from '#engine/platform/signing.ts'
import { merchantKeys } from '../../support/fake-platform.ts'

/** What openssl signs with the key, in base64. */
function openssl(digest: '-sha256' | '-sha1', text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-callback-'))
  try {
    const key = join(folder, 'key.pem')
    writeFileSync(key, merchantKeys.privateKey, { mode: 0o600 })
    return execFileSync('openssl', ['dgst', digest, '-sign', key], { input: text }).toString('base64')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const fields = { type: '1005', nTimeStamp: '1793000000', resultMsg: '', data: '{"Content":"你好 👋 & = %20"}' }
/** With and without the field that has no value: Alipay's SDKs keep it, the rule of requests leaves it out. */
const whole = `data=${fields.data}&nTimeStamp=1793000000&resultMsg=&type=1005`
const dense = `data=${fields.data}&nTimeStamp=1793000000&type=1005`

describe.each([
  ['RSA2', '-sha256'],
  ['RSA', '-sha1'],
] as const)('signed by openssl with %s', (signType, digest) => {
  const signed = { ...fields, sign: openssl(digest, whole), sign_type: signType }

  it.each([
    ['all fields', whole],
    ['those with a value', dense],
  ])('over %s is taken as a form, as JSON and in strContext, and not when a letter differs', (_name, text) => {
    const sign = openssl(digest, text)
    const json = `{"type":"1005","nTimeStamp":1793000000,"resultMsg":"","data":${fields.data},"sign":"${sign}","sign_type":"${signType}"}`
    const { publicKey } = merchantKeys
    const form = new URLSearchParams({ ...signed, sign }).toString()
    for (const body of [form, json, new URLSearchParams({ strContext: json }).toString()]) {
      expect(signatureFault(body, publicKey)).toBeNull()
      expect(signatureFault(body.replace('1005', '1007'), publicKey)).toBe('wrong-signature')
    }
  })

  it('is what Alipay’s own SDK takes too', () => {
    const sdk = new AlipaySdk({
      appId: '2021000000000001',
      privateKey: merchantKeys.privateKey,
      keyType: 'PKCS8',
      alipayPublicKey: merchantKeys.publicKey,
      signType,
    })
    expect(sdk.checkNotifySignV2(signed)).toBe(true)
    expect(sdk.checkNotifySignV2({ ...signed, type: '1007' })).toBe(false)
  })

  it('a request that Alipay’s own SDK signed has the very signature that we make', async () => {
    const sdk = new AlipaySdk({
      appId: '2021000000000001',
      privateKey: merchantKeys.privateKey,
      keyType: 'PKCS8',
      alipayPublicKey: merchantKeys.publicKey,
      signType,
    })
    const request = sdk.sdkExecute('xx.xx.sendMessage', { bizContent: { text: '你好 👋 & = %20' } })
    const parameters = Object.fromEntries(new URLSearchParams(request))
    const made = await signText(signingString(parameters), readPrivateKey(merchantKeys.privateKey), signType)
    expect(made).toBe(parameters['sign'])
  })
})
