/** Forms that were left with something typed, as long as the page lives. */
import type { Draft } from './draft.ts'

const drafts = new Map<string, Draft>()

/** @param key the connection's id, or `new` */
export function keptDraft(key: string): Draft | undefined {
  const draft = drafts.get(key)
  return draft && structuredClone(draft)
}

/** @param draft null when nothing is left to keep */
export function keepDraft(key: string, draft: Draft | null): void {
  if (draft === null) drafts.delete(key)
  // Through JSON: a form's reactive values cannot be cloned as they are.
  else drafts.set(key, JSON.parse(JSON.stringify(draft)) as Draft)
}
