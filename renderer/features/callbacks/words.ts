/** Types and reasons of callbacks in words. */
import { callbackTypes } from '#shared/protocol/callbacks.ts'
import { locale, t } from '@/app/i18n/index.ts'

const isKnown = (type: string): type is `${keyof typeof callbackTypes}` => Object.hasOwn(callbackTypes, type)

/** `1005 消息`; a type that the document does not know is its bare number. */
export function typeWords(type: string | null): string {
  if (type === null) return t('callbacks.noType')
  if (!isKnown(type)) return type
  const words = callbackTypes[type]
  return `${type} ${locale.value === 'en' ? words.en : words.zh}`
}

const reasons = [
  'effect-failed',
  'unreadable-body',
  'unknown-merchant',
  'unknown-robot',
  'unknown-type',
  'unknown-state',
  'undecided-2004',
  'undecided-author',
  'no-peer',
  'awaiting-answer',
  'unsigned',
  'wrong-signature',
  'no-platform-key',
] as const

/** Why a callback is in its state; a reason of a newer engine is shown as the word that it is. */
export function reasonWords(reason: string | null): string {
  if (reason === null) return ''
  const known = reasons.find((word) => word === reason)
  return known ? t(`callbacks.reasons.${known}`) : reason
}
