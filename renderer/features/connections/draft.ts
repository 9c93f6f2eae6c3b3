/** What the connection form holds, and its way into the contract's input and back. */
import {
  advancedSchema,
  connectionEntries,
  type Advanced,
  type Connection,
} from '#shared/contract/entries/connections.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { defaultTimeZone, type SignType } from '#shared/protocol/envelope.ts'
import type { MethodName } from '#shared/protocol/methods.ts'
import { sayError } from '@/app/errors.ts'
import { t } from '@/app/i18n/index.ts'

/** Settings as they are typed: numbers in seconds, lists in lines. */
export interface AdvancedDraft {
  withdrawnMethods: boolean
  methodNames: Partial<Record<MethodName, string>>
  contentType: Advanced['contentType']
  placement: Advanced['placement']
  signTypeInString: boolean
  merchantId: string
  lengthUnit: Advanced['lengthUnit']
  successCodes: string
  acknowledgement: string
  qrPath: string
  loginTimeout: number | null
  logoutTimeout: number | null
  listTimeout: number | null
  groupTimeout: number | null
  callTimeout: number | null
  echoWindow: number | null
  mediaOrigins: string
  callbackSources: string
  trustedProxies: string
  checkSignature: boolean
}

export interface Draft {
  name: string
  gatewayUrl: string
  appId: string
  merchantNo: string
  methodPrefix: string
  signType: SignType
  timeZone: string
  /** Where the private key of a new connection comes from; that of an existing one is changed by rotation. */
  keyFrom: 'new' | 'pasted'
  privateKeyPem: string
  /** Of an encrypted one. */
  privateKeyPassword: string
  /** The public half that the private key must have. */
  publicKeyPem: string
  platformPublicKeyPem: string
  advanced: AdvancedDraft
}

/** Messages by the path of the field. */
export type FieldErrors = Record<string, string>

function advancedDraft(advanced: Advanced): AdvancedDraft {
  return {
    withdrawnMethods: advanced.withdrawnMethods,
    methodNames: { ...advanced.methodNames },
    contentType: advanced.contentType,
    placement: advanced.placement,
    signTypeInString: advanced.signTypeInString,
    merchantId: advanced.merchantId ?? '',
    lengthUnit: advanced.lengthUnit,
    successCodes: advanced.successCodes.join(', '),
    acknowledgement: advanced.acknowledgement,
    qrPath: advanced.qrPath ?? '',
    loginTimeout: advanced.loginTimeoutMs / 1000,
    logoutTimeout: advanced.logoutTimeoutMs / 1000,
    listTimeout: advanced.listTimeoutMs / 1000,
    groupTimeout: advanced.groupTimeoutMs / 1000,
    callTimeout: advanced.callTimeoutMs / 1000,
    echoWindow: advanced.echoWindowMs / 1000,
    mediaOrigins: advanced.mediaOrigins.join('\n'),
    callbackSources: advanced.callbackSources.join('\n'),
    trustedProxies: advanced.trustedProxies.join('\n'),
    checkSignature: advanced.checkSignature,
  }
}

/** @param connection the one to change; null for a new one */
export function draftOf(connection: Connection | null): Draft {
  return {
    name: connection?.name ?? '',
    gatewayUrl: connection?.gatewayUrl ?? '',
    appId: connection?.appId ?? '',
    merchantNo: connection?.merchantNo ?? '',
    methodPrefix: connection?.methodPrefix ?? '',
    signType: connection?.signType ?? 'RSA2',
    timeZone: connection?.timeZone ?? defaultTimeZone,
    keyFrom: 'new',
    privateKeyPem: '',
    privateKeyPassword: '',
    publicKeyPem: '',
    platformPublicKeyPem: connection?.platformPublicKeyPem ?? '',
    advanced: advancedDraft(advancedSchema.parse(connection?.advanced ?? {})),
  }
}

const parts = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')

const milliseconds = (seconds: number | null): number => Math.round((seconds ?? 0) * 1000)

const givenKey = ({ privateKeyPem, privateKeyPassword, publicKeyPem }: Draft) => ({
  privateKeyPem: privateKeyPem.trim(),
  ...(privateKeyPassword === '' ? {} : { privateKeyPassword }),
  ...(publicKeyPem.trim() === '' ? {} : { publicKeyPem: publicKeyPem.trim() }),
})

/** The contract's input for what was typed. */
export function inputOf(draft: Draft, id: string | null): EntryInput<'connections.save'> {
  const { advanced } = draft
  const names = Object.entries(advanced.methodNames).filter(([, name]) => name.trim() !== '')
  return {
    ...(id === null ? {} : { id }),
    name: draft.name,
    gatewayUrl: draft.gatewayUrl.trim(),
    appId: draft.appId,
    merchantNo: draft.merchantNo,
    // The platform's document writes the prefix with its dot.
    methodPrefix: draft.methodPrefix.trim().replace(/\.+$/, ''),
    signType: draft.signType,
    timeZone: draft.timeZone.trim(),
    ...(draft.keyFrom === 'pasted' ? givenKey(draft) : {}),
    platformPublicKeyPem: draft.platformPublicKeyPem.trim() || null,
    advanced: {
      withdrawnMethods: advanced.withdrawnMethods,
      methodNames: Object.fromEntries(names.map(([method, name]) => [method, name.trim()])),
      contentType: advanced.contentType,
      placement: advanced.placement,
      signTypeInString: advanced.signTypeInString,
      merchantId: advanced.merchantId.trim() || undefined,
      lengthUnit: advanced.lengthUnit,
      successCodes: parts(advanced.successCodes, /[,\uff0c\n]/),
      acknowledgement: advanced.acknowledgement,
      qrPath: advanced.qrPath.trim() || undefined,
      loginTimeoutMs: milliseconds(advanced.loginTimeout),
      logoutTimeoutMs: milliseconds(advanced.logoutTimeout),
      listTimeoutMs: milliseconds(advanced.listTimeout),
      groupTimeoutMs: milliseconds(advanced.groupTimeout),
      callTimeoutMs: milliseconds(advanced.callTimeout),
      echoWindowMs: milliseconds(advanced.echoWindow),
      mediaOrigins: parts(advanced.mediaOrigins, /\s+/),
      callbackSources: parts(advanced.callbackSources, /[\s,\uff0c]+/),
      trustedProxies: parts(advanced.trustedProxies, /[\s,\uff0c]+/),
      checkSignature: advanced.checkSignature,
    },
  }
}

/** A list's fault is shown at the list. */
const fieldOf = (path: readonly PropertyKey[]): string =>
  path.slice(0, path[0] === 'advanced' && path[1] !== 'methodNames' ? 2 : 3).join('.')

/** What is wrong with what was typed, by field, in the interface's language. */
export function problemsOf(input: EntryInput<'connections.save'>): FieldErrors {
  const parsed = connectionEntries['connections.save'].input.safeParse(input)
  if (parsed.success) return {}
  const errors: FieldErrors = {}
  for (const issue of parsed.error.issues) {
    const field = fieldOf(issue.path)
    errors[field] ??= wordsFor(field, issue)
  }
  return errors
}

interface Issue {
  code?: string
  origin?: string
  maximum?: number | bigint
  minimum?: number | bigint
  input?: unknown
}

function wordsFor(field: string, issue: Issue): string {
  const isText = issue.origin === 'string'
  if (isText && issue.code === 'too_small') return t('lists.required')
  if (isText && issue.code === 'too_big') return t('lists.tooLong', { n: Number(issue.maximum) })
  if (field === 'gatewayUrl') return t('connections.errors.address')
  if (field === 'timeZone') return t('connections.errors.timeZone')
  if (field === 'advanced.callbackSources' || field === 'advanced.trustedProxies') {
    return t('connections.errors.networks')
  }
  if (field === 'advanced.mediaOrigins') return t('connections.errors.origins')
  if (issue.code === 'too_small') return t('connections.errors.seconds', { min: Number(issue.minimum) / 1000 })
  if (issue.code === 'too_big') return t('connections.errors.secondsMost', { max: Number(issue.maximum) / 1000 })
  return t('connections.errors.other')
}

/**
 * Where the engine's refusal belongs.
 *
 * @returns the field, or null for one that concerns the whole form
 */
export function placeOf(error: ContractError): { field: string | null; message: string } {
  const { message, hint } = sayError(error)
  if (error.code === 'invalid-input') {
    return { field: fieldOf(String(error.params?.['field'] ?? '').split('.')), message: t('connections.errors.other') }
  }
  if (error.code === 'key-unreadable') {
    return { field: String(error.params?.['field'] ?? 'privateKeyPem'), message }
  }
  return { field: null, message: `${message} ${hint}` }
}
