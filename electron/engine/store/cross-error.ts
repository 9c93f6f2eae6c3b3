/** Errors on their way out of a store thread. */
import { AppError } from '#shared/contract/errors.ts'
import { storageError } from './database.ts'
import type { CrossedError } from './protocol.ts'

/** @param file the database, for the words of SQLite's errors */
export function crossError(error: unknown, file: string): CrossedError {
  const known = storageError(error, file)
  if (known instanceof AppError) {
    return { code: known.code, params: known.params, message: known.message, stack: known.stack }
  }
  const plain = known instanceof Error ? known : new Error(String(known))
  return { code: null, params: undefined, message: plain.message, stack: plain.stack }
}
