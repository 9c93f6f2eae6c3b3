import { AppError, describeFailure, type Failure, type Locale } from '#shared/contract/errors.ts'

/** What stopped a start, as a failure that can be put into words. */
export function failureOf(error: unknown): Failure {
  return error instanceof AppError ? error.failure : { code: 'internal' }
}

/** A failure as sentences for a dialog or a terminal: what happened, what to do next; never a stack. */
export function sentencesOf(failure: Failure, locale: Locale): string {
  const { message, hint } = describeFailure(failure, locale)
  const [stop, gap] = locale === 'zh-CN' ? ['。', ''] : ['.', ' ']
  const ended = /[.!?\u3002\uff01\uff1f]$/.test(message) ? message : message + stop
  return hint === '' ? ended : ended + gap + hint
}
