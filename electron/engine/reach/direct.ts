/** The listener itself, or a proxy before it, at a public address: nothing to open, nothing here that could break. */
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { endless, type Way, type WayTools } from './way.ts'

export const directWay = ({ publicUrl }: SettingsOf<'direct'>, tools: Pick<WayTools, 'door'>): Way => ({
  open: async () => {
    tools.door()
    return { publicUrl, ended: endless, close: () => Promise.resolve() }
  },
})
