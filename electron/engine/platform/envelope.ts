/** The request's public parameters and how they travel (PROTOCOL §1). */
import type { KeyObject } from 'node:crypto'
import type { Advanced } from '#shared/contract/entries/connections.ts'
import type { SignType } from '#shared/protocol/envelope.ts'
import type { MethodName } from '#shared/protocol/methods.ts'
import { signingString, signText } from './signing.ts'

/** What the envelope needs of a connection. */
export interface EnvelopeSource {
  readonly gatewayUrl: string
  readonly appId: string
  readonly merchantNo: string
  readonly methodPrefix: string
  readonly signType: SignType
  readonly timeZone: string
  readonly advanced: Advanced
}

export interface SignedRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Exactly what was signed. */
  readonly signingString: string
  readonly parameters: Readonly<Record<string, string>>
}

/** A zone's formatter: making one costs a hundred times what using it does; and what it made of the second it used last. */
interface Zone {
  readonly formatter: Intl.DateTimeFormat
  second: number
  text: string
}
const zones = new Map<string, Zone>()

/** Formats a moment as the platform reads it: `yyyy-MM-dd HH:mm:ss` in the given zone. */
export function timestamp(at: Date, timeZone: string): string {
  let zone = zones.get(timeZone)
  if (!zone) {
    // Swedish dates are written in ISO order.
    const formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    zone = { formatter, second: NaN, text: '' }
    zones.set(timeZone, zone)
  }
  const second = Math.floor(at.getTime() / 1000)
  if (second !== zone.second) {
    zone.text = zone.formatter.format(at)
    zone.second = second
  }
  return zone.text
}

/** The method's full name: `<prefix>.<name>` unless the connection overrides it. */
export const fullMethodName = (source: EnvelopeSource, method: MethodName): string =>
  source.advanced.methodNames[method] ?? `${source.methodPrefix}.${method}`

/** Every parameter of the envelope but `sign`. */
export const publicParameters = (
  source: EnvelopeSource,
  method: MethodName,
  data: string,
  at: Date,
): Record<string, string> => ({
  app_id: source.appId,
  method: fullMethodName(source, method),
  timestamp: timestamp(at, source.timeZone),
  format: 'json',
  charset: 'utf-8',
  sign_type: source.signType,
  version: '1.0',
  Merchantid: source.advanced.merchantId ?? source.merchantNo,
  data,
})

/**
 * Makes and signs a request.
 *
 * @param data JSON text of all other parameters; sent and signed as this very text
 */
export async function signedRequest(
  source: EnvelopeSource,
  method: MethodName,
  data: string,
  key: KeyObject,
  at: Date,
): Promise<SignedRequest> {
  const unsigned = publicParameters(source, method, data, at)
  const text = signingString(unsigned, source.advanced.signTypeInString)
  const parameters = { ...unsigned, sign: await signText(text, key, source.signType) }
  return { ...placed(source, parameters), signingString: text, parameters }
}

/** Where the parameters go: all in the body, or all but `data` in the query string; as a form or as JSON. */
export function placed(
  { gatewayUrl, advanced }: EnvelopeSource,
  parameters: Record<string, string>,
): Pick<SignedRequest, 'url' | 'headers' | 'body'> {
  const url = new URL(gatewayUrl)
  let inBody = parameters
  if (advanced.placement === 'query') {
    const { data, ...inQuery } = parameters
    for (const [name, value] of Object.entries(inQuery)) url.searchParams.set(name, value)
    inBody = { data: data ?? '' }
  }
  const json = advanced.contentType === 'json'
  return {
    url: url.href,
    headers: {
      'content-type': json ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded; charset=utf-8',
      accept: 'application/json',
    },
    body: json ? JSON.stringify(inBody) : new URLSearchParams(inBody).toString(),
  }
}
