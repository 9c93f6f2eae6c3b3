import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from './kit.ts'

const entry = fileURLToPath(new URL('../../../electron/sandbox/main.ts', import.meta.url))
const children: ChildProcess[] = []
const folders: string[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sandbox-program-'))
  folders.push(path)
  return path
}

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; errors: string; output: string }>
}

function run(...options: string[]): Run {
  const child = spawn(process.execPath, [entry, ...options], { stdio: ['pipe', 'pipe', 'pipe'] })
  children.push(child)
  let errors = ''
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, errors, output })) }
}

interface Ready {
  readonly event: string
  readonly url: string
  readonly adminToken: string
  readonly pageUrl: string
}

async function ready({ child }: Run): Promise<Ready> {
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return JSON.parse(line.toString()) as Ready
}

// Starting a process takes seconds on a busy machine.
describe('the program', { timeout: 60_000 }, () => {
  it('says where it is in one line, and ends cleanly', async () => {
    const state = join(folder(), 'deep', 'state')
    const program = run('--state', state, '--seed', '5')
    const line = await ready(program)
    expect(line).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      adminToken: expect.stringMatching(/^[\w-]{32}$/) as string,
      pageUrl: `${line.url}/?token=${line.adminToken}`,
    })
    expect(await (await fetch(`${line.url}/healthz`)).json()).toEqual({ ok: true })
    program.child.kill('SIGTERM')
    const { code, output } = await program.ended
    expect(code).toBe(0)
    expect(output.trim().split('\n')).toHaveLength(1)
    if (process.platform !== 'win32') expect(statSync(join(state, 'world.json')).mode & 0o777).toBe(0o600)
    const again = run('--state', state)
    expect(await ready(again)).toEqual(line)
  })

  it('ends with the process that started it', async () => {
    const program = run('--with-parent', '--quiet')
    await ready(program)
    program.child.stdin!.end()
    expect(await program.ended).toMatchObject({ code: 0, errors: '' })
  })

  it('writes its state when that process is killed', async () => {
    const state = folder()
    const options = JSON.stringify([entry, '--with-parent', '--state', state])
    const host = `require('node:child_process').spawn(process.execPath, ${options}, { stdio: ['pipe', 'pipe', 'pipe'] })
      .stdout.once('data', (line) => process.stdout.write(line))`
    const parent = spawn(process.execPath, ['-e', host], { stdio: ['ignore', 'pipe', 'ignore'] })
    children.push(parent)
    const line = JSON.parse(String(((await once(parent.stdout, 'data')) as [Buffer])[0])) as Ready
    const settings = { method: 'POST', headers: { 'x-sandbox-token': line.adminToken }, body: '{"liveliness":"busy"}' }
    await fetch(`${line.url}/admin/settings`, settings)
    parent.kill('SIGKILL')
    await until(
      async () =>
        await fetch(`${line.url}/healthz`).then(
          () => false,
          () => true,
        ),
    )
    await until(() => readFileSync(join(state, 'world.json'), 'utf8').includes('"liveliness":"busy"'))
  })

  it('says in a sentence why it does not start', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as { port: number }
    const broken = folder()
    writeFileSync(join(broken, 'world.json'), '{')
    const blocked = join(folder(), 'file')
    writeFileSync(blocked, '')
    const [taken, unreadable, impossible, nonsense] = await Promise.all([
      run('--port', String(port)).ended,
      run('--state', broken).ended,
      run('--state', join(blocked, 'state')).ended,
      run('--port', 'x').ended,
    ])
    blocker.close()
    expect(taken).toMatchObject({ code: 1, output: '' })
    expect(taken.errors).toMatch(/^sandbox: the port is taken/)
    expect(unreadable.errors).toMatch(/world\.json cannot be read/)
    expect(impossible.errors).toMatch(/state.*cannot be/)
    expect(nonsense.errors).toMatch(/--port wants a number/)
  })
})
