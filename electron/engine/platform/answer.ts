/** Reads the platform's answers in their many shapes (PROTOCOL §1). */
import { asText, Fields, isObject, tryParseJson, type Json } from './json.ts'

export interface PlatformReply {
  vcSerialNo: string | null
  success: boolean
  errorCode: string | null
  errorMessage: string | null
  data: Json
}

const yes = ['true', '1', 'yes', 'success']

/** `{"<method with _>_response": {…}, "sign": "…"}` is Alipay's wrapper; what is inside counts. */
function unwrapped(object: Record<string, Json>): Record<string, Json> {
  for (const [name, value] of Object.entries(object)) {
    if (!name.trim().toLowerCase().endsWith('_response')) continue
    const inner = typeof value === 'string' ? tryParseJson(value) : value
    if (isObject(inner)) return inner
  }
  return object
}

/**
 * Reads an answer's body.
 *
 * @returns null when it is none of the platform's: no JSON object, or one without any of its fields
 */
export function readReply(body: string): PlatformReply | null {
  const parsed = tryParseJson(body.replace(/^\uFEFF/, '').trim())
  const object = isObject(parsed) ? unwrapped(parsed) : null
  if (!object) return null
  const fields = new Fields(object)
  const successText = fields.text('vcSuccess', 'success')
  const errorCode = fields.text('nErrorCode', 'errorCode') ?? null
  const vcSerialNo = fields.text('vcSerialNo', 'serial_no') ?? null
  if (successText === undefined && errorCode === null && vcSerialNo === null) return null
  // Success is vcSuccess alone; where it is absent, the code is 0 or absent.
  const success =
    successText === undefined ? errorCode === null || Number(errorCode) === 0 : yes.includes(successText.toLowerCase())
  const data = fields.get('data') ?? null
  const inner = typeof data === 'string' ? tryParseJson(data) : undefined
  return {
    vcSerialNo,
    success,
    errorCode,
    errorMessage: fields.text('vcErrorMsg', 'errorMsg') ?? null,
    data: typeof inner === 'object' && inner !== null ? inner : data,
  }
}

/** Words by which platforms say that a signature was refused, where codes differ from deployment to deployment. */
const signatureWords = /(?<![a-z])sign(ature)?(?![a-z])|签名|验签/i

/** Whether a refusal is about the signature. */
export const refusesSignature = (reply: PlatformReply): boolean =>
  !reply.success && signatureWords.test(`${reply.errorMessage ?? ''} ${asText(reply.errorCode ?? '') ?? ''}`)
