/** What electron-builder is told: what cannot be packed for on this system is at least told as it is meant. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appId } from '../../../electron/desktop/identity.ts'
import { fuses, packagingConfig } from '../../../scripts/lib/packaging.ts'
import { inProject } from '../../../scripts/lib/project.mjs'

const configFor = (platform: NodeJS.Platform, updateUrl: string | null = null) =>
  packagingConfig({ platform, electronDist: null, output: '/out', updateUrl })

describe('every package', () => {
  const config = configFor('linux')
  it('is locked by all fuses that there are', () => {
    expect(fuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    })
    expect(config.electronFuses).toMatchObject(fuses)
  })
  it('is an archive, hands nothing out, compiles nothing, and misses nothing', () => {
    expect(config).toMatchObject({ publish: null, npmRebuild: false, allowMissingDependencies: false })
    expect(config.asar).toBeTruthy()
    expect(config.disableAsarIntegrity).toBeUndefined()
  })
  it('says where new versions lie only where that was given, and opens links of ours', () => {
    expect(configFor('linux', 'https://updates.example/').publish).toEqual({
      provider: 'generic',
      url: 'https://updates.example/',
    })
    expect(config.protocols).toEqual([{ name: 'Switchboard', schemes: ['switchboard'] }])
  })
  it('has a name without spaces that says version, system and processor', () => {
    expect(config.artifactName).toBe('${productName}-${version}-${os}-${arch}.${ext}')
    expect(config.appId).toBe(appId)
    // Bundle identifiers and application ids take no more than these.
    expect(appId).toMatch(/^[a-z]+(\.[a-z]+)+$/)
  })
})

it.each([
  ['win32', 'win32-${arch}'],
  ['darwin', 'darwin-*'],
  ['linux', 'linux-${arch}'],
] as const)('the one for %s has native modules of that system alone', (platform, natives) => {
  const files = configFor(platform).files as string[]
  expect(files.filter((pattern) => pattern.includes('prebuilds'))).toEqual([
    `!node_modules/better-sqlite3/prebuilds/!(${natives}).node`,
  ])
})

it('Windows has an installer for one user, in two languages, that leaves the data', () => {
  const { win, nsis } = configFor('win32')
  expect(win?.target).toEqual(['nsis'])
  expect(nsis).toMatchObject({ oneClick: true, perMachine: false, deleteAppDataOnUninstall: false })
  expect(nsis?.installerLanguages).toEqual(['en_US', 'zh_CN'])
})

it('macOS has an image and an archive, with the hardened runtime and one exception from it', () => {
  const { mac } = configFor('darwin')
  expect(mac).toMatchObject({ target: ['dmg', 'zip'], hardenedRuntime: true })
  expect(mac?.entitlementsInherit).toBe(mac?.entitlements)
  const entitlements = readFileSync(inProject(mac?.entitlements ?? ''), 'utf8')
  expect([...entitlements.matchAll(/<key>(.*)<\/key>/g)].map(([, key]) => key)).toEqual([
    'com.apple.security.cs.allow-jit',
  ])
})

it('Linux has an AppImage and a package for Debian, whose window finds its icon', () => {
  const { linux, extraMetadata } = configFor('linux')
  expect(linux).toMatchObject({ target: ['AppImage', 'deb'], syncDesktopName: true })
  expect((extraMetadata as { desktopName: string }).desktopName).toBe(`${linux?.executableName}.desktop`)
})

it('the icons that are named are there', () => {
  const { directories, win, mac, linux } = configFor('linux')
  const folder = inProject(directories?.buildResources ?? '')
  for (const icon of [win?.icon, mac?.icon, linux?.icon])
    expect(existsSync(join(folder, icon ?? 'none')), icon ?? 'none').toBe(true)
})
