/** A request as it would be sent, for a person to read; nothing is sent. */
import type { KeyObject } from 'node:crypto'
import type { Preview } from '#shared/contract/entries/console.ts'
import type { MethodName } from '#shared/protocol/methods.ts'
import type { ConnectionRecord } from '../store/connections.ts'
import { checkCall } from './client.ts'
import { placed, publicParameters } from './envelope.ts'
import { redacted, secretParameters } from './redact.ts'
import { signingString, signText } from './signing.ts'

/** A text as one word of a POSIX shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const curlOf = ({ url, headers, body }: Pick<Preview, 'url' | 'headers' | 'body'>): string =>
  [
    `curl -sS ${shellWord(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    // A body that begins with @ would be read from a file by any other option.
    `--data-raw ${shellWord(body)}`,
  ].join(' \\\n  ')

/**
 * Makes the request of a call without sending it. Secrets are left out of all that is shown; the signature is
 * that of the real text.
 *
 * @param data the parameters of PROTOCOL §2
 * @param key the connection's private key; null leaves the signature out
 * @throws AppError invalid-input or method-withdrawn, as the call itself
 */
export async function previewRequest(
  connection: ConnectionRecord,
  method: MethodName,
  data: Readonly<Record<string, unknown>>,
  key: KeyObject | null,
  at: Date,
): Promise<Preview> {
  checkCall(connection, method, data)
  const secrets = secretParameters.filter((name) => typeof data[name] === 'string' && data[name] !== '')
  const shown = { ...data, ...Object.fromEntries(secrets.map((name) => [name, redacted])) }
  const { signTypeInString } = connection.advanced
  const open = publicParameters(connection, method, JSON.stringify(shown), at)
  const signed = publicParameters(connection, method, JSON.stringify(data), at)
  const sign = key && (await signText(signingString(signed, signTypeInString), key, connection.signType))
  const envelope = sign === null ? open : { ...open, sign }
  const request = placed(connection, envelope)
  return {
    ...request,
    envelope,
    signingString: signingString(open, signTypeInString),
    curl: sign === null ? null : curlOf(request),
    redacted: secrets.length > 0,
  }
}
