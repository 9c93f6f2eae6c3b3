/** The ways that there are, by their settings. */
import { commandWay } from './command.ts'
import { directWay } from './direct.ts'
import { ngrokWay } from './ngrok.ts'
import { sshWay } from './ssh.ts'
import type { MakeWay } from './way.ts'

export const makeWay: MakeWay = (settings, tools) => {
  switch (settings.way) {
    case 'direct':
      return directWay(settings, tools)
    case 'ssh':
      return sshWay(settings, tools)
    case 'ngrok':
      return ngrokWay(settings, tools)
    case 'command':
      return commandWay(settings, tools)
  }
}
