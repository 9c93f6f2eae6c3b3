/** Which quick replies a few typed signs mean. */
import type { QuickReply } from '#shared/contract/entries/quick-replies.ts'

const fold = (text: string): string => text.normalize('NFKC').toLowerCase()

/** How well it fits: 0 at the title's beginning, 1 in the title, 2 in the folder, 3 in the text; none otherwise. */
function rank({ folder, title, text }: QuickReply, words: string): number | undefined {
  if (fold(title).startsWith(words)) return 0
  const place = [title, folder, text].findIndex((part) => fold(part).includes(words))
  return place < 0 ? undefined : place + 1
}

/** @returns those that fit, best first, in their own order where they fit alike */
export function matchesOf(items: readonly QuickReply[], query: string): QuickReply[] {
  const words = fold(query.trim())
  if (words === '') return [...items]
  return items
    .map((item) => ({ item, fit: rank(item, words) }))
    .filter((one): one is { item: QuickReply; fit: number } => one.fit !== undefined)
    .sort((one, other) => one.fit - other.fit)
    .map(({ item }) => item)
}
