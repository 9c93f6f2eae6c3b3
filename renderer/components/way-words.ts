/** How a way in stands, in a word. */
import type { Reach } from '#shared/contract/entries/reach.ts'
import { t } from '@/app/i18n/index.ts'

/** Of the direct way nothing here can see whether it leads here: it is set, and the check tells the rest. */
export const stateWord = ({ state, settings }: Pick<Reach, 'state' | 'settings'>): string =>
  t(`reach.states.${state === 'up' && settings.way === 'direct' ? 'set' : state}`)
