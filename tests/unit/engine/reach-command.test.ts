/** Any command as a way in: a stand-in for a tunnel's program, its address found in its output, its end heard and made. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commandWay } from '#engine/reach/command.ts'
import { findUrl } from '#engine/reach/find-url.ts'
import type { OpenWay, WayTools } from '#engine/reach/way.ts'
import { reachSettingsSchema, type ReachSecret, type SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { until } from '../../support/desk.ts'

const standIn = fileURLToPath(new URL('../../support/stand-in-tunnel.mjs', import.meta.url))
const pattern = String.raw`https?://[^\s|]+`

let folder: string
let listener: Server
let port: number
let logged: object[]
let secrets: Partial<Record<ReachSecret, string>>
const open: OpenWay[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-command-'))
  logged = []
  secrets = {}
  listener = createServer((_request, response) => response.end('here'))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  port = (listener.address() as { port: number }).port
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((way) => way.close()))
  await new Promise((resolve) => listener.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const tools = (): WayTools => ({
  door: () => ({ host: '127.0.0.1', port }),
  secret: (name) => Promise.resolve(secrets[name] ?? null),
  pinnedKey: () => null,
  pin: () => Promise.resolve(),
  log: { debug() {}, info() {}, error() {}, warn: (fields) => void logged.push(fields) },
})

const way = (orders: string[], changes: object = {}, patience = { urlMs: 10_000, endMs: 300 }) => {
  const argv = [process.execPath, standIn, '{port}', ...orders]
  const settings = reachSettingsSchema.parse({ way: 'command', argv, pattern, ...changes }) as SettingsOf<'command'>
  return commandWay(settings, tools(), patience)
}
const opened = async (...given: Parameters<typeof way>): Promise<OpenWay> => {
  const up = await way(...given).open(new AbortController().signal)
  open.push(up)
  return up
}
const refusal = async (...given: Parameters<typeof way>): Promise<AppError> => {
  const error: unknown = await way(...given)
    .open(new AbortController().signal)
    .then(
      () => null,
      (reason: unknown) => reason,
    )
  if (error instanceof AppError) return error
  throw new Error('it was not refused')
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // One that ended and that nobody has taken notice of is there, but does nothing.
    return !/^State:\s+Z/m.test(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '')
  } catch {
    return false
  }
}
const pidsIn = (path: string): number[] => JSON.parse(readFileSync(path, 'utf8')) as number[]

describe('a command as a way in', () => {
  it('leads to the listener at the address that it printed', async () => {
    const { publicUrl } = await opened([])
    expect(publicUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await (await fetch(publicUrl)).text()).toBe('here')
  })

  it.each([
    ['goes when it is asked to', [] as string[]],
    ['does not want to go', ['stubborn']],
  ])('is taken down with what it started, though it %s', async (_what, orders) => {
    const pids = join(folder, 'pids')
    const up = await opened([`pids=${pids}`, ...orders])
    expect(pidsIn(pids).every(isAlive)).toBe(true)
    await up.close()
    await until('both to be gone', () => !pidsIn(pids).some(isAlive))
  })

  // Windows has no groups: what a program left behind there is nobody's (docs/deploy.md).
  it.skipIf(process.platform === 'win32')('says so when it ends by itself, and leaves nothing behind', async () => {
    const pids = join(folder, 'pids')
    const up = await opened([`pids=${pids}`])
    const [pid = 0] = pidsIn(pids)
    process.kill(pid, 'SIGKILL')
    expect((await up.ended).failure).toEqual({
      code: 'reach-command',
      params: { command: expect.any(String) as string, problem: 'exited', code: 'SIGKILL' },
    })
    await until('its child to be gone', () => !pidsIn(pids).some(isAlive))
  })

  it('that fails is told with how it ended, its words in the log without what may be secret', async () => {
    secrets.commandSecret = 'hunter2hunter2'
    const error = await refusal(['fail', 'say=TUNNEL_TOKEN'], { secretName: 'TUNNEL_TOKEN' })
    expect(error).toMatchObject({ code: 'reach-command', params: { problem: 'exited', code: '3' } })
    expect(JSON.stringify(logged)).toContain('cannot go on with ***')
  })

  it('that is not there, or prints no address, is told as that', async () => {
    const absent = await refusal([], { argv: [join(folder, 'absent')] })
    expect(absent).toMatchObject({ code: 'reach-command', params: { command: 'absent', problem: 'program-absent' } })
    const pids = join(folder, 'pids')
    const silent = await refusal(['silent', `pids=${pids}`], {}, { urlMs: 700, endMs: 300 })
    expect(silent).toMatchObject({ code: 'reach-no-url', params: { seconds: 1 } })
    await until('what it started to be gone', () => !pidsIn(pids).some(isAlive))
  })

  it('that is no longer wanted while it opens is taken down', async () => {
    const pids = join(folder, 'pids')
    const end = new AbortController()
    const opening = way(['silent', `pids=${pids}`]).open(end.signal)
    await until('it to run', () => existsSync(pids) && readFileSync(pids, 'utf8') !== '')
    end.abort()
    await expect(opening).rejects.toBeInstanceOf(AppError)
    expect(pidsIn(pids).some(isAlive)).toBe(false)
  })

  it('gets its arguments as they are, since no shell reads them', async () => {
    const path = join(folder, 'not made')
    const { publicUrl } = await opened([`; touch "${path}"`, '$(touch x)', '`touch y`'])
    expect(publicUrl).not.toBe('')
    expect(existsSync(path)).toBe(false)
  })

  it('has its secret in the variable that was named, and nothing of what opens this application', async () => {
    secrets.commandSecret = 'tunnel-secret'
    process.env.SWITCHBOARD_PASSPHRASE = 'ours'
    try {
      const env = join(folder, 'env')
      await opened([`env=${env}`], { secretName: 'TUNNEL_TOKEN' })
      const seen = JSON.parse(readFileSync(env, 'utf8')) as NodeJS.ProcessEnv
      expect(seen.TUNNEL_TOKEN).toBe('tunnel-secret')
      expect(seen.SWITCHBOARD_PASSPHRASE).toBeUndefined()
    } finally {
      delete process.env.SWITCHBOARD_PASSPHRASE
    }
    secrets = {}
    expect(await refusal([], { secretName: 'TUNNEL_TOKEN' })).toMatchObject({ code: 'reach-secret-missing' })
  })

  it('needs no pattern where its address is known', async () => {
    const { publicUrl } = await opened([], { pattern: null, publicUrl: 'https://shop.example/' })
    expect(publicUrl).toBe('https://shop.example')
  })
})

describe('the pattern', () => {
  it('gives its first group, or all that fits', () => {
    expect(findUrl('at (https://\\S+)', 'up at https://a.example/')).toBe('https://a.example')
    expect(findUrl('https://\\S+', 'up at https://a.example now')).toBe('https://a.example')
    expect(findUrl('https://\\S+', 'nothing')).toBeNull()
  })

  it('finds no address in what is none', () => {
    expect(findUrl('\\S+$', 'see javascript:alert(1)')).toBeNull()
    expect(findUrl('\\S+$', 'https://u:p@a.example')).toBeNull()
  })

  it('that would never end is given up', () => {
    const began = performance.now()
    expect(findUrl('^(a+)+$', `${'a'.repeat(60)}!`)).toBeNull()
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it('cannot reach out of where it is tried', () => {
    expect(findUrl("') || process.exit(1) || ('", 'x')).toBeNull()
  })
})
