/** An engine as a process of its own, to be killed: `node fetching-host.ts DATA`. It says `up` on standard output. */
import { createEngine } from '#engine/engine.ts'
import { engineOptions } from './desk.ts'

const [, , dataDir = ''] = process.argv
const engine = createEngine(engineOptions(dataDir))
await engine.start()
process.stdout.write('up\n')
