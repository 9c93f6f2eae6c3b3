/**
 * What a platform tells of a log-in beside its document: that the QR code was scanned, and the verification
 * code that is to be typed on the phone. Deployments name these fields as they like, so they are looked for.
 */
import { asText, isObject, type Json } from './json.ts'

export interface LoginNews {
  step: 'scanned' | 'code'
  /** With `code` only. */
  verificationCode?: string
}

/** Deepest nesting that is searched: bodies are hostile. */
const depthLimit = 4

function* fields(value: Json, depth = 0): Generator<[name: string, value: string]> {
  if (depth > depthLimit) return
  if (Array.isArray(value)) for (const item of value) yield* fields(item, depth + 1)
  else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      const text = asText(field)
      if (text === undefined) yield* fields(field, depth + 1)
      else yield [name.trim().toLowerCase(), text.trim()]
    }
  }
}

const isCodeName = (name: string): boolean => /verif|pin_?code|sms_?code/.test(name)
/** Short, and made of what can be typed on a phone. */
const isCode = (value: string): boolean => /^[0-9A-Za-z]{4,10}$/.test(value) && /\d/.test(value)
const isScanName = (name: string): boolean => name.includes('scan')
const saysYes = (value: string): boolean => /^(1|true|yes|ok|success|scanned|已扫码)$/i.test(value)

/**
 * Looks through the `data` of a callback that belongs to a log-in under way.
 *
 * @returns null where it tells nothing of it
 */
export function findLoginNews(data: Json): LoginNews | null {
  const all = [...fields(data)]
  const code = all.find(([name, value]) => isCodeName(name) && isCode(value))
  if (code) return { step: 'code', verificationCode: code[1] }
  return all.some(([name, value]) => isScanName(name) && saysYes(value)) ? { step: 'scanned' } : null
}
