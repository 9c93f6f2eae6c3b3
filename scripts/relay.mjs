/** `npm run relay`: the relay alone, with what it needs installed and built first. */
import { become } from './lib/host.mjs'
import { runMain } from './lib/steps.mjs'

runMain(() => become('out/main/relay.js'))
