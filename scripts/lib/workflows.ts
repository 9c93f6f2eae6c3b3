/** What a workflow may use of others: an action by its tag is whatever its maker, or a thief of theirs, makes of the tag. */

export interface Unpinned {
  /** Counted from 1. */
  readonly line: number
  /** As the workflow names it. */
  readonly action: string
}

/** Actions of others that a workflow names by anything but a commit. */
export const unpinned = (workflow: string): Unpinned[] =>
  workflow.split('\n').flatMap((text, index) => {
    const action = /^\s*(?:- )?uses:\s*['"]?([^\s'"#]+)/.exec(text)?.[1]
    if (action === undefined || action.startsWith('./') || /@[0-9a-f]{40}$/.test(action)) return []
    return [{ line: index + 1, action }]
  })
