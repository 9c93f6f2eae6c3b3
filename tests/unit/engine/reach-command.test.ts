/** Any command as a way in: a stand-in for a tunnel's program, its address found in its output, its end heard and made. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AddressSearch } from '#engine/reach/address-search.ts'
import { commandWay, type CommandPatience } from '#engine/reach/command.ts'
import type { OpenWay, WayTools } from '#engine/reach/way.ts'
import { reachSettingsSchema, type SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ReachSecret } from '#shared/contract/reach-secrets.ts'
import { pause, until } from '../../support/desk.ts'

const support = fileURLToPath(new URL('../../support', import.meta.url))
const standIn = join(support, 'stand-in-tunnel.mjs')
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

const way = (orders: string[], changes: object = {}, patience: CommandPatience = { urlMs: 10_000, endMs: 300 }) => {
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

  it('has its last words in the log, also after many others', async () => {
    await refusal(['much', 'fail'])
    expect(JSON.stringify(logged)).toContain('cannot go on with nothing')
  })

  it('that tells how it was started has its secrets in no line of the log', async () => {
    secrets.commandSecret = 'hunter2hunter2+/='
    await refusal(
      ['fail', 'tell', 'say=TUNNEL_TOKEN', '--token=abc', 'http://op:pw4@a.example/?key=k9&x=1', '--pass', 'zz9'],
      { secretName: 'TUNNEL_TOKEN' },
    )
    const said = JSON.stringify(logged)
    expect(said).toContain('started as')
    const base64 = Buffer.from(secrets.commandSecret).toString('base64').replace(/=+$/, '')
    for (const secret of ['hunter2', base64, 'abc', 'pw4', 'k9', 'zz9']) expect(said).not.toContain(secret)
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

  it('is told of, with its last words, when it ends by itself', async () => {
    const pids = join(folder, 'pids')
    const up = await opened([`pids=${pids}`])
    await until('more of its words', () => existsSync(pids))
    process.kill(pidsIn(pids)[0] ?? 0, 'SIGKILL')
    await up.ended
    await until('its words', () => JSON.stringify(logged).includes('Starting tunnel'))
  })

  it.skipIf(process.platform === 'win32')(
    'does not outlive a host that is killed, nor does what it started',
    async () => {
      const pids = join(folder, 'pids')
      const argv = [process.execPath, standIn, '9', `pids=${pids}`]
      const host = spawn(process.execPath, [join(support, 'command-host.ts'), ...argv], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(host.stdout, 'data')
      expect(pidsIn(pids).every(isAlive)).toBe(true)
      host.kill('SIGKILL')
      await until('both to be gone', () => !pidsIn(pids).some(isAlive))
    },
  )

  it('finds this machine’s listener by its address, too', async () => {
    const args = join(folder, 'args')
    const argv = [process.execPath, standIn, '{port}', `args=${args}`, 'http://{host}:{port}']
    await opened([], { argv })
    expect(JSON.parse(readFileSync(args, 'utf8'))).toContain(`http://127.0.0.1:${port}`)
  })

  it('needs no pattern where its address is known', async () => {
    const { publicUrl } = await opened([], { pattern: null, publicUrl: 'https://shop.example/' })
    expect(publicUrl).toBe('https://shop.example')
  })
})

/** For how long the main loop was busy with `work`, in milliseconds. */
async function busyFor(work: () => Promise<unknown>): Promise<number> {
  const before = performance.eventLoopUtilization()
  await work()
  return performance.eventLoopUtilization(before).active
}

describe('the main loop', () => {
  it('is not held up by a pattern that does not end on what is printed, which is told', async () => {
    const given = { pattern: '^(a+)+$' }
    let error: AppError | null = null
    const busy = await busyFor(async () => {
      error = await refusal(['awkward-first'], given, { urlMs: 10_000, endMs: 300, lookMs: 700 })
    })
    expect(error).toMatchObject({ code: 'reach-command', params: { problem: 'pattern-slow' } })
    expect(String(error)).toContain('does not come to an end')
    expect(busy).toBeLessThan(500)
  })

  it('looks for no address any more once there is one', async () => {
    const up = await opened(['awkward'], { pattern: '(http://\\S+)|^(a+)+$' })
    expect(await busyFor(() => pause(1500))).toBeLessThan(500)
    expect(await (await fetch(up.publicUrl)).text()).toBe('here')
  })

  it('has time for others while a line has no end', async () => {
    const up = await opened(['endless'])
    expect(await busyFor(() => pause(1500))).toBeLessThan(700)
    expect(await (await fetch(up.publicUrl)).text()).toBe('here')
  })
})

describe('the pattern', () => {
  const found = async (by: string, ...lines: string[]): Promise<unknown> => {
    const search = new AddressSearch(by, 1000)
    await search.look(lines)
    const nothing = Promise.resolve(null)
    const outcome = await Promise.race([search.outcome, nothing])
    search.end()
    return outcome
  }

  it('gives its first group, or all that fits', async () => {
    expect(await found('at (https://\\S+)', 'up at https://a.example/')).toEqual({ url: 'https://a.example' })
    expect(await found('https://\\S+', 'nothing', 'up at https://a.example now')).toEqual({ url: 'https://a.example' })
    expect(await found('https://\\S+', 'nothing')).toBeNull()
  })

  it('finds an address though a line that came with it has no end', async () => {
    const endless = `${'a'.repeat(40)}!`
    expect(await found('(http://\\S+)|^(a+)+$', 'at http://a.example', endless)).toEqual({ url: 'http://a.example' })
  })

  it('finds no address in what is none, and goes on to one that is', async () => {
    expect(await found('\\S+$', 'see javascript:alert(1)')).toBeNull()
    expect(await found('\\S+$', 'https://u:p@a.example')).toBeNull()
    expect(await found('\\S+$', 'see javascript:alert(1)', 'https://b.example/shop/')).toEqual({
      url: 'https://b.example/shop',
    })
  })

  it('that would never end is given up', async () => {
    expect(await found('^(a+)+$', `${'a'.repeat(60)}!`)).toBe('slow')
  })

  it('cannot reach out of where it is tried', async () => {
    expect(await found("'\\) \\|\\| process.exit\\(1\\) \\|\\| \\('", 'x')).toBeNull()
  })
})
