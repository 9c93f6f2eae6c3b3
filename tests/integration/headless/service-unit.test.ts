/** The systemd unit: what it starts is what is built, with options that the host knows, and systemd reads it as it is meant. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readOptions } from '../../../electron/headless/options.ts'
import { readOptions as readRelayOptions } from '../../../electron/relay/options.ts'
import { inProject, projectNode, root } from '../../../scripts/lib/project.mjs'

const unit = readFileSync(inProject('resources/systemd/switchboard.service'), 'utf8')

it('starts the built host with options that it knows', () => {
  const [node = '', entry, ...args] = /^ExecStart=(.+)$/m.exec(unit)?.[1]?.split(' ') ?? []
  expect(inProject(node.replace('/opt/switchboard/', ''))).toBe(projectNode)
  expect(entry).toBe('out/main/headless.js')
  expect(args.pop()).toBe('$SWITCHBOARD_OPTIONS')
  const proxy = ['--trusted-proxy', '127.0.0.1', '--public-url', 'https://chat.example.com']
  expect(readOptions([...args, ...proxy], {})).toMatchObject({ port: 8300, callbackPort: 8301 })
})

it('keeps the ready line, which signs in, out of the journal', () => {
  expect(unit).toMatch(/^StandardOutput=null$/m)
  expect(unit).toMatch(/^StandardError=journal$/m)
})

it('is read by systemd without a word, and leaves little open', ({ skip }) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return skip('there is no systemd-analyze here')
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-unit-'))
  try {
    const file = join(folder, 'switchboard.service')
    writeFileSync(file, unit.replaceAll('/opt/switchboard', root))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const table = execFileSync('systemd-analyze', ['security', '--offline=true', file], { encoding: 'utf8' })
    expect(Number(/level for switchboard\.service: ([\d.]+)/.exec(table)?.[1])).toBeLessThan(2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('starts the built relay with options that it knows, and leaves it less than the host', ({ skip }) => {
  const relay = readFileSync(inProject('resources/systemd/switchboard-relay.service'), 'utf8')
  const [node = '', entry, ...args] = /^ExecStart=(.+)$/m.exec(relay)?.[1]?.split(' ') ?? []
  expect(inProject(node.replace('/opt/switchboard/', ''))).toBe(projectNode)
  expect(entry).toBe('out/main/relay.js')
  expect(args.pop()).toBe('$SWITCHBOARD_RELAY_OPTIONS')
  expect(readRelayOptions([...args, '--trusted-proxy', '127.0.0.1', '--max-days', '30'], {})).toMatchObject({
    ...{ host: '127.0.0.1', port: 8302, name: 'switchboard', limits: { days: 30 }, trustedProxies: ['127.0.0.1'] },
    access: { servers: ['nats://127.0.0.1:4222'], auth: { kind: 'none' } },
  })
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return skip('there is no systemd-analyze here')
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-unit-'))
  try {
    const file = join(folder, 'switchboard-relay.service')
    writeFileSync(file, relay.replaceAll('/opt/switchboard', root))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const table = execFileSync('systemd-analyze', ['security', '--offline=true', file], { encoding: 'utf8' })
    expect(Number(/level for switchboard-relay\.service: ([\d.]+)/.exec(table)?.[1])).toBeLessThan(2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
