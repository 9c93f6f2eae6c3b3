/** The contract's border: what a caller gives is checked here, once. */
import { contract, type EntryName } from '#shared/contract/index.ts'
import { AppError } from '#shared/contract/errors.ts'

/** The input of an entry as its schema has it, with defaults filled in. @throws AppError invalid-input, by the field's name */
export function parseInput(name: EntryName, input: unknown): unknown {
  const parsed = contract[name].input.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new AppError('invalid-input', {
    field: issue?.path.join('.') || 'input',
    problem: issue?.message ?? 'not as described',
  })
}
