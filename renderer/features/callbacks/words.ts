/** Types and reasons of callbacks in words. */
import { callbackTypes } from '#shared/protocol/callbacks.ts'
import type { CallbackEffect, Tolerance } from '#shared/contract/reading.ts'
import { operationState } from '#shared/contract/entries/record.ts'
import { robotState } from '#shared/contract/entries/robots.ts'
import { locale, t } from '@/app/i18n/index.ts'

const isKnown = (type: string): type is `${keyof typeof callbackTypes}` => Object.hasOwn(callbackTypes, type)

/** `1005 消息`; of a type that the document does not name, that it does not. */
export function typeWords(type: string | null): string {
  if (type === null) return t('callbacks.noType')
  if (!isKnown(type)) return t('callbacks.unlistedType', { type })
  const words = callbackTypes[type]
  return `${type} ${locale.value === 'en' ? words.en : words.zh}`
}

/** Why a callback is not applied as usual. */
export const reasons = [
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
  'source-not-allowed',
] as const

/** Why a callback is in its state; a reason of a newer engine is shown as the word that it is. */
export function reasonWords(reason: string | null): string {
  if (reason === null) return ''
  const known = reasons.find((word) => word === reason)
  return known ? t(`callbacks.reasons.${known}`) : reason
}

/** `Message added`, `State of the robot: Online → Offline`. */
export function effectWords({ what, count, from, to }: CallbackEffect): string {
  const words = t(`callbacks.effects.${what}`, { n: count })
  if (to === undefined) return words
  const states = [from, to].filter((state, at) => at === 1 || state !== to).map((state) => stateWords(what, state))
  return t('common.pair', { what: words, value: states.join(' → ') })
}

/** A deviation that was tolerated, in a sentence. */
export const toleranceWords = (word: Tolerance): string => t(`callbacks.tolerances.${word}`)

/** The state of an operation or a robot in the words of their screens. */
export function stateWords(what: CallbackEffect['what'], state: string | undefined): string {
  if (state === undefined) return ''
  if (what === 'operation-state') {
    const known = operationState.options.find((word) => word === state)
    return known ? t(`common.operationState.${known}`) : state
  }
  const known = robotState.options.find((word) => word === state)
  return known ? t(`common.robotState.${known}`) : state
}
