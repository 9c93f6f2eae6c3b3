/** What the settings of a way say of themselves. */
import type { ReachSettings } from '#shared/contract/entries/reach.ts'

/** What is told of in alarms: a name that stays the same while the way is down. */
export const wayLabels: Record<ReachSettings['way'], string> = {
  off: '',
  direct: 'HTTP',
  ssh: 'SSH',
  ngrok: 'ngrok',
  command: 'command',
  relay: 'relay',
}

/** The address that the settings themselves name. */
export function chosenUrl(settings: ReachSettings): string | null {
  if (settings.way === 'direct' || settings.way === 'command' || settings.way === 'relay') return settings.publicUrl
  if (settings.way === 'ssh' && !settings.publicUrl.includes('{port}')) return settings.publicUrl
  return settings.way === 'ngrok' && settings.domain !== null ? `https://${settings.domain}` : null
}
