/** How a way in stands, in a word. */
import type { Reach } from '#shared/contract/entries/reach.ts'
import { t } from '@/app/i18n/index.ts'

type Standing = Pick<Reach, 'state'> & { readonly settings: Pick<Reach['settings'], 'way'> }

/** Of the direct way nothing here can see whether it leads here: it is set, and the check tells the rest. */
export const shownState = ({ state, settings }: Standing): Reach['state'] | 'set' =>
  state === 'up' && settings.way === 'direct' ? 'set' : state

export const stateWord = (item: Standing): string => t(`reach.states.${shownState(item)}`)
