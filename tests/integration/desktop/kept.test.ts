/** What the built desktop application keeps from one start to the next: its window's place, its key, its log. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { desktopLife, quit } from '../../support/desktop-life.ts'

// Each test starts an application with a browser, some of them three times.
vi.setConfig({ testTimeout: 120_000 })

const { folder, started } = desktopLife()

describe('what is kept', () => {
  it('is the window’s place', async () => {
    const first = await started()
    await first.command('setBounds', { x: 40, y: 30, width: 1100, height: 700 })
    await quit(first)
    const second = await started()
    expect(await second.command('windows')).toMatchObject([{ bounds: { x: 40, y: 30, width: 1100, height: 700 } }])
    await quit(second)
  })
  it('is not harmed by a damaged file', async () => {
    mkdirSync(join(folder(), 'data/desktop'), { recursive: true })
    writeFileSync(join(folder(), 'data/desktop/desktop.json'), '{"window": {"bounds":')
    const application = await started()
    expect(await application.command('windows')).toMatchObject([{ bounds: { width: 1440, height: 860 } }])
    expect(await quit(application)).toBe(0)
  })
  it('is protected by the key store, or by a key file where there is none', async () => {
    await quit(await started())
    expect(existsSync(join(folder(), 'data/vault.key'))).toBe(false)
    await quit(await started(join(folder(), 'plain'), { STAND_IN_KEY_STORE: 'none' }))
    expect(existsSync(join(folder(), 'plain/vault.key'))).toBe(true)
    // The key file goes on to count when a key store appears.
    expect(await quit(await started(join(folder(), 'plain')))).toBe(0)
  })
  it('is a log for its owner', async () => {
    await quit(await started())
    const lines = readFileSync(join(folder(), 'data/logs/desktop.log'), 'utf8').trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
      expect.arrayContaining(['starting', 'started', 'stopped']),
    )
  })
})
