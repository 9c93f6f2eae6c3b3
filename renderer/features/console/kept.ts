/** What was typed, by connection and method, while the window is open: another screen may be looked at meanwhile. */
import type { Draft } from './draft.ts'

export const kept = new Map<string, Draft>()
