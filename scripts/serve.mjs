/** `npm run serve`: the headless host, with what it needs installed and built first. */
import { become } from './lib/host.mjs'
import { runMain } from './lib/steps.mjs'

runMain(() => become('out/main/headless.js'))
