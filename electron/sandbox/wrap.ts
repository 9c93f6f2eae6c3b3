/** From a callback's fields to the bytes that are posted. */
import type { KeyObject } from 'node:crypto'
import type { Settings } from './settings.ts'
import { signed, signingString } from './signature.ts'

/** @returns the body and its content type, signed and wrapped as the settings say */
export function wrapCallback(
  fields: Record<string, unknown>,
  settings: Pick<Settings, 'signCallbacks' | 'bodyForm'>,
  privateKey: KeyObject,
): { body: string; contentType: string } {
  const json = JSON.stringify(settings.signCallbacks ? { ...fields, ...signatureOf(fields, privateKey) } : fields)
  if (settings.bodyForm === 'json') return { body: json, contentType: 'application/json; charset=utf-8' }
  const text = settings.bodyForm === 'form-escaped' ? escaped(json) : json
  return {
    body: `strContext=${encodeURIComponent(text)}`,
    contentType: 'application/x-www-form-urlencoded; charset=utf-8',
  }
}

/** Alipay's rule for notifications: the top-level fields, what is no text as it stands in the JSON. */
function signatureOf(fields: Record<string, unknown>, privateKey: KeyObject): { sign: string; sign_type: 'RSA2' } {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return { sign: signed(privateKey, signingString(new Map(texts), [])), sign_type: 'RSA2' }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
