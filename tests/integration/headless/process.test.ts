/** The built host as a process: its ready line, its end, and what it says when it cannot start. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { contractVersion } from '#shared/contract/index.ts'
import { ensureBuilt } from '../../../scripts/lib/build.mjs'
import { root } from '../../../scripts/lib/project.mjs'
import { follow, type HostProcess, type ReadyLine, startHost } from '../../support/headless-host.ts'

// Each starts processes, some of them several.
vi.setConfig({ testTimeout: 60_000 })

let folder = ''
const hosts: HostProcess[] = []
const start = (...parameters: Parameters<typeof startHost>): HostProcess => {
  const host = startHost(...parameters)
  hosts.push(host)
  return host
}
const dataDir = (): string => join(folder, 'data')

beforeAll(async () => {
  await ensureBuilt(process.stderr)
}, 120_000)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-host-'))
})
afterEach(async () => {
  for (const { child, ended } of hosts.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
})

const api = async (
  ready: ReadyLine,
  entry: string,
  input: unknown = {},
): Promise<{ ok: boolean; result?: unknown }> => {
  const reply = await fetch(new URL(`/api/${entry}`, ready.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${ready.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  return (await reply.json()) as { ok: boolean; result?: unknown }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the headless host', () => {
  it('prints one line when ready, serves, tells events, and ends cleanly on SIGTERM', async () => {
    const host = start(['--data', dataDir(), '--token', 'token-of-mine'])
    const ready = await host.ready
    expect(ready).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/enter\?code=[\w-]{43}$/),
      token: 'token-of-mine',
      callbackUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      pid: host.child.pid,
    })
    expect(await api(ready, 'system.info')).toMatchObject({ ok: true, result: { host: 'headless', contractVersion } })

    const socket = new WebSocket(`ws://${new URL(ready.url).host}/ws`, {
      headers: { authorization: `Bearer ${ready.token}` },
    })
    const frames: { type: string; events?: { event: string; data: unknown }[] }[] = []
    const changed = new Promise((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString()) as (typeof frames)[number]
        frames.push(frame)
        if (frame.type === 'welcome') void api(ready, 'settings.set', { theme: 'dark' })
        resolve(frame.events?.some(({ event }) => event === 'settings.changed'))
      })
    })
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'hello', contractVersion, locale: 'en' }))
    })
    await changed
    await expect
      .poll(() => frames.flatMap(({ events = [] }) => events))
      .toContainEqual({
        event: 'settings.changed',
        data: expect.objectContaining({ theme: 'dark' }),
      })

    host.child.kill('SIGTERM')
    expect(await host.ended).toEqual({ code: 0, signal: null })
    expect(host.output.stdout.trim().split('\n')).toHaveLength(1)
  })

  it('finds everything again at its second start', async () => {
    const first = start(['--data', dataDir()])
    await api(await first.ready, 'settings.set', { theme: 'dark' })
    first.child.kill('SIGINT')
    expect((await first.ended).code).toBe(0)
    const second = await start(['--data', dataDir()]).ready
    expect(await api(second, 'settings.get')).toMatchObject({ result: { theme: 'dark' } })
  })

  it('ends when the program that started it is gone', async () => {
    const host = start(['--data', dataDir(), '--with-parent'])
    await host.ready
    host.child.stdin.end()
    expect((await host.ended).code).toBe(0)
  })

  it('starts the sandbox, which ends with it, even when it is killed', async () => {
    const host = start(['--data', dataDir()])
    const ready = await host.ready
    expect(await api(ready, 'sandbox.start')).toMatchObject({ ok: true })
    const info = (await api(ready, 'system.info')) as { result: { sandbox: { pageUrl: string } } }
    const { pageUrl } = info.result.sandbox
    expect((await fetch(pageUrl, { redirect: 'manual' })).status).toBeLessThan(400)
    host.child.kill('SIGKILL')
    await expect
      .poll(
        () =>
          fetch(pageUrl).then(
            () => 'there',
            () => 'gone',
          ),
        { timeout: 5000 },
      )
      .toBe('gone')
  })
})

describe.skipIf(process.platform === 'win32')('npm run serve', () => {
  it('ends cleanly when npm is told to end', async () => {
    const npm = follow(
      spawn('npm', ['run', 'serve', '--', '--data', dataDir()], { cwd: root, env: { ...process.env, LANG: 'C' } }),
    )
    hosts.push(npm)
    const { pid } = await npm.ready
    // npm hands it to what it started itself, a shell, and no further: so the shell must have become the host.
    npm.child.kill('SIGTERM')
    expect((await npm.ended).code).toBe(0)
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})

describe('when it cannot start, the host says why and what to do, and leaves nothing', () => {
  const blocker = async (): Promise<Server> => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    return server
  }
  const expectFailure = async (host: HostProcess, sentence: RegExp): Promise<void> => {
    expect((await host.ended).code).toBe(1)
    expect(host.output.stdout).toBe('')
    const lines = host.output.stderr.trim().split('\n')
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([expect.stringMatching(sentence)])
  }

  it('a taken port', async () => {
    const server = await blocker()
    const { port } = server.address() as { port: number }
    await expectFailure(
      start(['--data', dataDir(), '--port', String(port)]),
      new RegExp(`^Port ${port} is taken\\. Close the program`),
    )
    await expectFailure(
      start(['--data', dataDir(), '--port', String(port)], { LANG: 'zh_CN.UTF-8' }),
      new RegExp(`^端口 ${port} 已被占用。请关闭`),
    )
    expect(existsSync(dataDir())).toBe(false)
    server.close()
  })

  it('a data folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expectFailure(
      start(['--data', join(folder, 'file', 'data')]),
      /^The data folder .* cannot be written: .*--data\.$/,
    )
    expect(readdirSync(folder)).toEqual(['file'])
  })

  it('data that another one uses', async () => {
    const first = start(['--data', dataDir()])
    const ready = await first.ready
    await expectFailure(start(['--data', dataDir()]), /^Another Switchboard is using the data folder .*--data\.$/)
    expect(await api(ready, 'system.info')).toMatchObject({ ok: true })
  })

  it('a wrong passphrase, and the right one opens it again', async () => {
    const right = { SWITCHBOARD_PASSPHRASE: 'right' }
    const first = start(['--data', dataDir()], right)
    expect(await api(await first.ready, 'system.info')).toMatchObject({ result: { vault: { kind: 'passphrase' } } })
    first.child.kill('SIGTERM')
    await first.ended
    const isLocked = /^The vault cannot be opened: the passphrase in SWITCHBOARD_PASSPHRASE is wrong.*unchanged\.$/
    await expectFailure(start(['--data', dataDir()], { SWITCHBOARD_PASSPHRASE: 'wrong' }), isLocked)
    await expectFailure(start(['--data', dataDir()]), /^The vault cannot be opened: .*SWITCHBOARD_PASSPHRASE/)
    await start(['--data', dataDir()], right).ready
  })

  it('an argument that is none', async () => {
    await expectFailure(start(['--data', dataDir(), '--port', 'x']), /^--port: must be a number from 0 to 65535\./)
    await expectFailure(start(['--datta', dataDir()]), /^command line: Unknown option '--datta'/)
    expect(existsSync(dataDir())).toBe(false)
  })
})
