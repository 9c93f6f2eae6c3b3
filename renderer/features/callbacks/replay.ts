import type { CallbackState } from '#shared/contract/entries/record.ts'

/** Whether a callback of this state can be read again; what was applied or is a repeat would change nothing. */
export const mayReplay = (state: CallbackState): boolean => state !== 'applied' && state !== 'repeat'
