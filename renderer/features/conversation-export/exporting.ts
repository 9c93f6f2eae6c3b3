import { shallowRef } from 'vue'
import type { Conversation } from '#shared/contract/entries/conversations.ts'

/** The conversation that is to be saved as a file; null while nobody asks. */
export const exporting = shallowRef<Conversation | null>(null)
