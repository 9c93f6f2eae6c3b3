import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readArguments } from '../../../electron/desktop/arguments.ts'
import { prepareDataFolder } from '../../../electron/desktop/data-folder.ts'
import { localeOf } from '../../../electron/desktop/locale.ts'
import { openLog } from '../../../electron/desktop/log.ts'
import { failureOf, sentencesOf } from '../../../electron/desktop/start-failure.ts'
import { AppError, errorCodes } from '../../../shared/contract/errors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-start-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('arguments', () => {
  const read = (args: string[], env: NodeJS.ProcessEnv = {}) => readArguments(args, env, folder).dataDir
  it('takes the folder from the command line, then from the environment', () => {
    expect(read(['.', '--data', 'x'])).toBe(join(folder, 'x'))
    expect(read(['--data=x', '.'], { SWITCHBOARD_DATA: 'y' })).toBe(join(folder, 'x'))
    expect(read(['.'], { SWITCHBOARD_DATA: 'y' })).toBe(join(folder, 'y'))
  })
  it('leaves Chromium its own switches', () => {
    expect(read(['--no-sandbox', '--inspect=0', '--remote-debugging-port=0', '.', '--data', 'x', '-r', 'y'])).toBe(
      join(folder, 'x'),
    )
  })
  it.each([[['--data']], [['--data', '']], [['--data=']]])('refuses %j', (args) => {
    expect(() => read(args)).toThrow(expect.objectContaining({ code: 'invalid-input' }) as Error)
  })
})

describe('language', () => {
  it.each([
    [['zh-Hans-CN', 'en-US'], 'zh-CN'],
    [['zh_TW'], 'zh-CN'],
    [['en-GB', 'zh-CN'], 'en'],
    [['th-TH', 'zh-CN'], 'zh-CN'],
    [['th-TH'], 'en'],
    [['zhuang'], 'en'],
    [[], 'en'],
  ] as const)('of %j is %s', (languages, locale) => {
    expect(localeOf(languages)).toBe(locale)
  })
})

describe('data folder', () => {
  it('is made for its owner only', () => {
    const profile = prepareDataFolder(join(folder, 'a/b'))
    expect(profile).toBe(join(folder, 'a/b/desktop'))
    if (process.platform !== 'win32') expect(statSync(profile).mode & 0o777).toBe(0o700)
  })
  it('is named when it cannot be made', () => {
    writeFileSync(join(folder, 'file'), '')
    const dataDir = join(folder, 'file/data')
    expect(() => prepareDataFolder(dataDir)).toThrow(
      expect.objectContaining({ code: 'data-folder', params: { path: dataDir, problem: 'ENOTDIR' } }) as Error,
    )
  })
})

describe('a failed start', () => {
  it('is told in sentences, and never with a stack', () => {
    const failure = failureOf(new AppError('data-in-use', { path: '/d' }))
    expect(sentencesOf(failure, 'en')).toBe(
      'Another Switchboard is using the data folder /d. Close it first, or name another folder with --data.',
    )
    expect(sentencesOf(failure, 'zh-CN')).toBe('数据目录 /d 正被另一个总机使用。请先关闭它，或用 --data 指定另一目录。')
    expect(failureOf(new TypeError('x is undefined'))).toEqual({ code: 'internal' })
    expect(failureOf('text')).toEqual({ code: 'internal' })
    for (const code of errorCodes) expect(sentencesOf({ code }, 'en')).not.toMatch(/\.\.|undefined|\s{2}/)
  })
})

describe('log', () => {
  const lines = (name: string): string => readFileSync(join(folder, 'logs', name), 'utf8')
  it('goes to a file for its owner only, and is put aside when it has grown', async () => {
    const first = openLog(folder)
    await new Promise((resolve) => setTimeout(resolve, 100))
    first.log.info({ a: 1 }, 'first')
    first.flush()
    expect(lines('desktop.log')).toContain('"msg":"first"')
    if (process.platform !== 'win32') expect(statSync(join(folder, 'logs/desktop.log')).mode & 0o077).toBe(0)
    writeFileSync(join(folder, 'logs/desktop.log'), 'x'.repeat(6 * 1024 * 1024))
    const second = openLog(folder)
    await new Promise((resolve) => setTimeout(resolve, 100))
    second.log.info({}, 'second')
    second.flush()
    expect(lines('desktop.1.log')).toHaveLength(6 * 1024 * 1024)
    expect(lines('desktop.log')).toContain('second')
  })
})
