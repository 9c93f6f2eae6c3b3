import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultDataDir } from '#engine/data-folder.ts'
import { environmentLocale, readOptions } from '../../../electron/headless/options.ts'

describe('readOptions', () => {
  it('goes by the arguments, then by the environment', () => {
    const env = { SWITCHBOARD_DATA: '/data/env', SWITCHBOARD_TOKEN: 'token-env', SWITCHBOARD_PASSPHRASE: 'secret' }
    expect(readOptions([], env)).toMatchObject({
      dataDir: resolve('/data/env'),
      token: 'token-env',
      passphrase: 'secret',
      port: 0,
      callbackPort: undefined,
    })
    const args = ['--data', 'here', '--port', '4000', '--callback-port=4001', '--token', 'token-arg']
    expect(readOptions(args, env)).toMatchObject({
      dataDir: resolve('here'),
      token: 'token-arg',
      port: 4000,
      callbackPort: 4001,
    })
  })

  it('logs to a file only where one is named', () => {
    expect(readOptions([], {}).logFile).toBeNull()
    expect(readOptions(['--log-file', 'x.log'], {}).logFile).toEqual({
      path: resolve('x.log'),
      bytes: 10_000_000,
      keep: 5,
    })
    const args = ['--log-file', 'x.log', '--log-megabytes', '2', '--log-keep', '9']
    expect(readOptions(args, {}).logFile).toMatchObject({ bytes: 2_000_000, keep: 9 })
  })

  it('takes the token of who only looks as the other', () => {
    expect(readOptions([], {}).monitorToken).toBeUndefined()
    const env = { SWITCHBOARD_MONITOR_TOKEN: 'monitor-env' }
    expect(readOptions([], env).monitorToken).toBe('monitor-env')
    expect(readOptions(['--monitor-token', 'monitor-arg'], env).monitorToken).toBe('monitor-arg')
  })

  it.each([
    [['--port', '65536']],
    [['--port', '-1']],
    [['--port', 'x']],
    [['--port', '']],
    [['--callback-port', '1.5']],
    [['--token', 'with blank']],
    [['--token', '']],
    [['--token', '令牌令牌令牌令牌']],
    [['--token', 'short']],
    [['--monitor-token', 'short']],
    [['--token', 'the-same-one', '--monitor-token', 'the-same-one']],
    [['--log-file', '']],
    [['--log-megabytes', '5']],
    [['--log-keep', '5']],
    [['--log-file', 'x.log', '--log-megabytes', '0']],
    [['--log-file', 'x.log', '--log-keep', '1.5']],
    [['--tls-cert', 'c.pem']],
    [['--host', '0.0.0.0']],
    [['--public-url', 'http://chat.example']],
    [['--data', '']],
    [['--nonsense']],
    [['stray']],
  ])('refuses %j and says so', (args) => {
    expect(() => readOptions(args, {})).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })

  it('takes an empty passphrase for none', () => {
    expect(readOptions([], { SWITCHBOARD_PASSPHRASE: '' }).passphrase).toBeUndefined()
  })
})

describe('environmentLocale', () => {
  it.each([
    [{ LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
    [{ LANG: 'zh_CN.UTF-8', LC_ALL: 'en_US.UTF-8' }, 'en'],
    [{ LC_ALL: 'zh_TW', LANG: 'C' }, 'zh-CN'],
    [{}, 'en'],
  ])('%j: %s', (env, expected) => {
    expect(environmentLocale(env)).toBe(expected)
  })
})

describe('defaultDataDir', () => {
  it('follows each system’s custom', () => {
    expect(defaultDataDir({}, 'linux', '/home/a')).toBe(join('/home/a', '.local', 'share', 'switchboard'))
    expect(defaultDataDir({ XDG_DATA_HOME: '/x' }, 'linux', '/home/a')).toBe(join('/x', 'switchboard'))
    expect(defaultDataDir({ XDG_DATA_HOME: 'x' }, 'linux', '/h')).toBe(join('/h', '.local', 'share', 'switchboard'))
    expect(defaultDataDir({}, 'darwin', '/h')).toBe(join('/h', 'Library', 'Application Support', 'Switchboard'))
    expect(defaultDataDir({ APPDATA: 'C:\\A' }, 'win32', '/h')).toBe(join('C:\\A', 'Switchboard'))
  })
})
