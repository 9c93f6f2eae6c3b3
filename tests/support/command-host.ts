/** A host with a command as its way in, to be killed: `node command-host.ts PROGRAM ARGUMENT…`. It says `up` on standard output. */
import { commandWay } from '#engine/reach/command.ts'

const argv = process.argv.slice(2)
const settings = { way: 'command' as const, argv, pattern: 'http://\\S+', publicUrl: null, secretName: null }
await commandWay(settings, {
  door: () => ({ host: '127.0.0.1', port: 9 }),
  secret: () => Promise.resolve(null),
  pinnedKey: () => null,
  pin: () => Promise.resolve(),
  log: { debug() {}, info() {}, warn() {}, error() {} },
}).open(new AbortController().signal)
process.stdout.write('up\n')
