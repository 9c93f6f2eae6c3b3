/** The state of something that is loaded: what a screen needs to choose between skeleton, failure and content. */
import type { ContractError } from '#shared/contract/errors.ts'

export interface Loading {
  state: 'idle' | 'loading' | 'ready' | 'failed'
  error: ContractError | null
}

export const notLoaded = (): Loading => ({ state: 'idle', error: null })
