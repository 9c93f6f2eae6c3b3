/**
 * Stands in for cloudflared and its like: passes a port of its own on to another, says where, and starts a child that
 * does nothing. Arguments: the port to pass on to, then what else it is to do.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const [target, ...orders] = process.argv.slice(2)
/** @param {string} name */
const order = (name) => orders.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1)

const pids = order('pids')
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
if (pids) writeFileSync(pids, JSON.stringify([process.pid, child.pid]))
const args = order('args')
if (args) writeFileSync(args, JSON.stringify(process.argv))
const env = order('env')
if (env) writeFileSync(env, JSON.stringify(process.env))
if (orders.includes('stubborn')) process.on('SIGTERM', () => {})
if (orders.includes('tell')) {
  // As programs do that tell how they were started.
  const secret = process.env[order('say') ?? ''] ?? ''
  const encoded = Buffer.from(secret).toString('base64')
  process.stdout.write(`started as ${orders.join(' ')}\n\u001b[32mtoken\u001b[0m: ${secret}\nBasic ${encoded}\n`)
  process.stdout.write(`${'-'.repeat(4080)}${secret}\n`)
}
if (orders.includes('much')) process.stdout.write(`${'x'.repeat(100)}\n`.repeat(2000))
if (orders.includes('fail')) {
  process.stderr.write(`cannot go on with ${process.env[order('say') ?? ''] ?? 'nothing'}\n`)
  process.exit(3)
}

const server = createServer((socket) => {
  const other = connect(Number(target), '127.0.0.1')
  socket.on('error', () => other.destroy())
  other.on('error', () => socket.destroy())
  socket.pipe(other).pipe(socket)
})
server.listen(Number(order('port') ?? 0), '127.0.0.1', () => {
  process.stderr.write('2026-11-20T10:00:00Z INF Starting tunnel\n')
  if (orders.includes('awkward-first')) return awkward()
  if (orders.includes('silent')) return
  // In pieces, as pipes bring it.
  process.stderr.write('INF |  http://127.0.0.1:')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  setTimeout(() => {
    process.stderr.write(`${port}  |\nINF more\n`)
    if (orders.includes('endless')) endless()
    if (orders.includes('awkward')) awkward()
  }, 30)
})

/**
 * Lines on which a pattern with a group in a group tries everything. Where the address is printed too: behind it in the
 * same stream, since of two streams nobody knows which is read first.
 */
function awkward() {
  process.stderr.write(`${'a'.repeat(60)}!\n`.repeat(40))
}

/** One line that never ends, as fast as it is read. */
function endless() {
  process.stdout.write('x'.repeat(1 << 20), endless)
}
