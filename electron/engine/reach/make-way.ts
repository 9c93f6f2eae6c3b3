/** The ways that there are, by their settings. */
import { directWay } from './direct.ts'
import type { MakeWay } from './way.ts'

export const makeWay: MakeWay = (settings, tools) => {
  switch (settings.way) {
    case 'direct':
      return directWay(settings, tools)
    default:
      throw new Error(`no such way: ${settings.way}`)
  }
}
