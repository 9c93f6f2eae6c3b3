/** The ways that there are, by their settings. */
import { directWay } from './direct.ts'
import type { RelayHouse } from './relay/house.ts'
import { relayWay } from './relay/way.ts'
import type { MakeWay } from './way.ts'

export const makeWays =
  (relay: RelayHouse): MakeWay =>
  (settings, tools, connectionId) => {
    switch (settings.way) {
      case 'direct':
        return directWay(settings, tools)
      case 'relay':
        return relayWay(settings, tools, relay, connectionId)
      default:
        throw new Error(`no such way: ${settings.way}`)
    }
  }
