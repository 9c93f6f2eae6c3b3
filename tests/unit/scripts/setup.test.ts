import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sourceDigest } from '../../../scripts/lib/build.mjs'
import { findElectron, isRecent, obstacle } from '../../../scripts/lib/electron.mjs'
import { isComplete } from '../../../scripts/lib/install.mjs'
import { withLock } from '../../../scripts/lib/lock.mjs'
import { lastLines, run } from '../../../scripts/lib/steps.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-setup-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('isComplete', () => {
  const wanted = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/mac-only': { version: '2.0.0', optional: true },
    },
  }
  const having = (packages: Record<string, { version: string }>): boolean => isComplete(wanted, { packages })
  it('wants every package in its version; those for other systems may be absent', () => {
    expect(having({ 'node_modules/a': { version: '1.0.0' } })).toBe(true)
    expect(having({ 'node_modules/a': { version: '1.0.1' } })).toBe(false)
    expect(having({})).toBe(false)
    expect(having({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac-only': { version: '1.9.0' } })).toBe(
      false,
    )
    expect(isComplete(wanted, undefined)).toBe(false)
  })
})

describe('sourceDigest', () => {
  it('changes with content, name and absence of a source, and with nothing else', () => {
    mkdirSync(join(folder, 'electron', 'a'), { recursive: true })
    writeFileSync(join(folder, 'electron', 'a', 'x.ts'), 'one')
    const first = sourceDigest(folder)
    writeFileSync(join(folder, 'electron', 'a', 'x.ts'), 'one')
    writeFileSync(join(folder, 'README.md'), 'not a source')
    expect(sourceDigest(folder)).toBe(first)
    writeFileSync(join(folder, 'electron', 'a', 'x.ts'), 'two')
    const second = sourceDigest(folder)
    writeFileSync(join(folder, 'electron', 'a', 'y.ts'), '')
    const third = sourceDigest(folder)
    rmSync(join(folder, 'electron', 'a', 'x.ts'))
    expect(new Set([first, second, third, sourceDigest(folder)]).size).toBe(4)
  })
})

describe('withLock', () => {
  it('lets one in at a time and leaves nothing behind', async () => {
    let inside = 0
    const work = async (): Promise<void> => {
      inside += 1
      expect(inside).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inside -= 1
    }
    await Promise.all([withLock(work, folder), withLock(work, folder), withLock(work, folder)])
    await expect(withLock(() => Promise.reject(new Error('x')), folder)).rejects.toThrow('x')
    expect(readdirSync(folder)).toEqual([])
  })

  it('takes over from a process that is gone', async () => {
    const { output } = await run(process.execPath, ['-p', 'process.pid'])
    writeFileSync(join(folder, 'lock'), output.trim())
    expect(await withLock(() => Promise.resolve('done'), folder)).toBe('done')
  })
})

describe('obstacle', () => {
  const linux = { platform: 'linux' as const, env: { DISPLAY: ':0' }, isRoot: false, headless: false }
  it('is none where a window can be', () => {
    expect(obstacle(linux)).toBeNull()
    expect(obstacle({ ...linux, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeNull()
    expect(obstacle({ ...linux, platform: 'darwin', env: {}, isRoot: true })).toBeNull()
    expect(obstacle({ ...linux, platform: 'win32', env: {} })).toBeNull()
  })
  it('is named where none can be', () => {
    expect(obstacle({ ...linux, env: {} })).toMatch(/display|显示/)
    expect(obstacle({ ...linux, isRoot: true })).toMatch(/root/)
    expect(obstacle({ ...linux, headless: true })).toMatch(/asked|要求/)
  })
})

describe('a failed download of Electron', () => {
  const day = 24 * 3600_000
  it('is remembered for seven days, for its version', () => {
    const remembered = { version: '1.0.0', problem: 'x', at: 10 * day }
    expect(isRecent(remembered, '1.0.0', 11 * day)).toBe(true)
    expect(isRecent(remembered, '1.0.0', 17 * day)).toBe(false)
    expect(isRecent(remembered, '1.0.1', 11 * day)).toBe(false)
    // A clock that was wrong then must not keep it for ever.
    expect(isRecent(remembered, '1.0.0', 9 * day)).toBe(false)
    expect(isRecent(undefined, '1.0.0', 0)).toBe(false)
  })
})

describe('findElectron', () => {
  it.skipIf(process.platform !== 'linux')('looks in the package and in the folder that the environment names', () => {
    expect(findElectron({}, folder)).toBeUndefined()
    writeFileSync(join(folder, 'electron'), '')
    expect(findElectron({}, folder)).toBeUndefined()
    expect(findElectron({ ELECTRON_OVERRIDE_DIST_PATH: folder }, folder)).toBe(join(folder, 'electron'))
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'dist', 'electron'), '')
    expect(findElectron({}, folder)).toBe(join(folder, 'dist', 'electron'))
  })
})

describe('run', () => {
  it('gives code and output, and ends what takes too long', async () => {
    const ended = await run(process.execPath, ['-e', 'console.log("a"); console.error("b"); process.exit(3)'])
    expect(ended).toMatchObject({ code: 3, timedOut: false })
    expect(ended.output).toContain('a')
    expect(ended.output).toContain('b')
    const late = await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { limitMs: 300 })
    expect(late).toMatchObject({ code: null, timedOut: true })
  })

  it('says when there is no such program', async () => {
    await expect(run('no-such-program-here', [])).rejects.toThrow('ENOENT')
  })
})

describe('lastLines', () => {
  it('drops colours and empty lines', () => {
    expect(lastLines('one\n\n\u001b[31mtwo\u001b[39m\r\nthree\n', 2)).toBe('two\nthree')
  })
})
