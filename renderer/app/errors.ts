/** Puts errors of the contract into the language shown now. */
import { describeFailure, type ContractError } from '#shared/contract/errors.ts'
import { locale } from './i18n/index.ts'

export interface Saying {
  /** What happened. */
  message: string
  /** What to do next. */
  hint: string
}

/**
 * @param error as the contract gives it; one that was kept with a message may lack the values to say it anew,
 *   then its own sentence is taken
 */
export function sayError(error: Pick<ContractError, 'code' | 'message' | 'params'>): Saying {
  const { message, hint } = describeFailure({ code: error.code, params: error.params }, locale.value)
  const unfilled = /\{\w+\}/.test(message)
  return { message: unfilled ? error.message : message, hint }
}
