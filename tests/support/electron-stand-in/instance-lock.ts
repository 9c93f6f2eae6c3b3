/**
 * The single-instance lock of a profile: the first process listens on a Unix socket (a named pipe on
 * Windows) whose name is made from the profile's path; a second one tells it its arguments and gives way.
 * The answer is synchronous, as Electron's, so a small process asks.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const tellFirst = `
  const socket = require('node:net').connect(process.argv[1], () => socket.end(process.argv[2], () => process.exit(0)))
  socket.on('error', () => process.exit(1))
`

/**
 * Takes the lock.
 *
 * @param onSecond hears the arguments and the working folder of a later start
 * @returns what lets it go; null when another process has it
 */
export function takeInstanceLock(
  profile: string,
  onSecond: (args: string[], workingDir: string) => void,
): (() => void) | null {
  const name = `stand-in-${createHash('sha256').update(profile).digest('hex').slice(0, 24)}`
  const address = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
  const message = JSON.stringify({ args: process.argv, workingDir: process.cwd() })
  if (spawnSync(process.execPath, ['-e', tellFirst, address, message]).status === 0) return null
  if (process.platform !== 'win32') {
    // One that a killed process left is in the way; our own goes with us.
    rmSync(address, { force: true })
    process.on('exit', () => {
      rmSync(address, { force: true })
    })
  }
  const server = createServer((socket) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => (text += part))
    socket.on('end', () => {
      const { args, workingDir } = JSON.parse(text) as { args: string[]; workingDir: string }
      onSecond(args, workingDir)
    })
    socket.on('error', () => {})
  })
    .listen(address)
    .unref()
  return () => {
    server.close()
  }
}
