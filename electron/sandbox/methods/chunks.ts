/** Cuts a list into parts of so many entries; an empty list is one empty part, since it must be reported too. */
export function chunks<T>(items: readonly T[], size: number): readonly T[][] {
  const parts: T[][] = []
  for (let at = 0; at === 0 || at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}
