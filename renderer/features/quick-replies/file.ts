/** The file that takes quick replies from one Switchboard to another. */
import { quickReplyFileSchema, type QuickReply, type QuickReplyFile } from '#shared/contract/entries/quick-replies.ts'

export const fileName = 'switchboard-quick-replies.json'

/** @returns what the file holds, as JSON that a person can read */
export const fileOf = (items: readonly QuickReply[]): string =>
  `${JSON.stringify(
    {
      switchboard: 'quick-replies',
      version: 1,
      items: items.map(({ folder, title, text, picture }) => ({ folder, title, text, picture })),
    } satisfies QuickReplyFile,
    null,
    2,
  )}\n`

/** What is wrong with a file: it is none of ours, or one of its quick replies (counted from 1) is none. */
export type FileProblem = { kind: 'foreign' } | { kind: 'item'; number: number }

/** Reads a file of quick replies; nothing of a file is taken that is not whole. */
export function readFileText(text: string): QuickReplyFile | FileProblem {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'foreign' }
  }
  const parsed = quickReplyFileSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [field, index] = parsed.error.issues[0]?.path ?? []
  return field === 'items' && typeof index === 'number' ? { kind: 'item', number: index + 1 } : { kind: 'foreign' }
}
