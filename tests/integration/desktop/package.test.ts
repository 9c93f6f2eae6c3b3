/**
 * `npm run package -- --dir` with a stand-in for Electron's program: what lies where, what is inside, how the program is
 * locked; and that what was packed runs by itself, taken out of its archive since plain Node reads none.
 */
import { extractAll } from '@electron/asar'
import { FuseState } from '@electron/fuses/dist/constants.js'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { firstLoad, firstScreen, packedFiles, packedSizes, sizeBudget } from '../../../scripts/lib/packed.ts'
import { inProject, projectNode } from '../../../scripts/lib/project.mjs'
import { run } from '../../../scripts/lib/steps.mjs'
import { endProcess, spawnOnStandIn } from '../../support/desktop-driver.ts'
import { makeElectronDistribution } from '../../support/electron-distribution.ts'
import { follow } from '../../support/headless-host.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'switchboard-package-'))
const packed = join(folder, 'out/linux-unpacked')
const archive = join(packed, 'resources/app.asar')
const extracted = join(folder, 'extracted')

const filesUnder = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(path, join(parentPath, name)))
    .sort()

const pack = (electron: string) =>
  run(projectNode, [inProject('scripts/package.ts'), '--dir', '--output', join(folder, 'out')], {
    env: { ...process.env, LANG: 'C', LC_ALL: 'C', ELECTRON_OVERRIDE_DIST_PATH: electron },
  })

/* The stand-in's program is laid out as on Linux, and only there the packed native module can be loaded. */
describe.runIf(process.platform === 'linux')('the packed application', () => {
  let table = ''
  beforeAll(async () => {
    // Each fuse the other way than it is wanted, and one that is not known yet.
    makeElectronDistribution(join(folder, 'electron'), '101100111')
    const { code, output } = await pack(join(folder, 'electron'))
    if (code !== 0) throw new Error(output)
    table = output.slice(output.indexOf(packed))
    extractAll(archive, extracted)
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  const ngrok = `linux-${process.arch}-gnu`
  const natives = [
    `node_modules/@ngrok/ngrok-${ngrok}/ngrok.${ngrok}.node`,
    `node_modules/better-sqlite3/prebuilds/linux-${process.arch}.node`,
  ]
  /* What only compiles: SQLite is compiled already, and SSH does without. */
  const compilers = ['node-addon-api', 'cpu-features', 'nan', 'buildcheck']

  it('lies as Electron wants it, with two locales, Electron’s licences, and nothing of its default application', () => {
    expect(filesUnder(packed)).toEqual([
      'LICENSE.electron.txt',
      'LICENSES.chromium.html',
      'chrome-sandbox',
      'icudtl.dat',
      'locales/en-US.pak',
      'locales/zh-CN.pak',
      'resources.pak',
      'resources/app.asar',
      ...natives.map((native) => `resources/app.asar.unpacked/${native}`),
      'switchboard',
    ])
  })

  it('has the fuses set in its program, and leaves one alone that is not known', async () => {
    const { version, ...wire } = await getCurrentFuseWire(join(packed, 'switchboard'))
    expect(version).toBe('1')
    expect(wire).toEqual({
      [FuseV1Options.RunAsNode]: FuseState.DISABLE,
      [FuseV1Options.EnableCookieEncryption]: FuseState.ENABLE,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: FuseState.DISABLE,
      [FuseV1Options.EnableNodeCliInspectArguments]: FuseState.DISABLE,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: FuseState.ENABLE,
      [FuseV1Options.OnlyLoadAppFromAsar]: FuseState.ENABLE,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: FuseState.DISABLE,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: FuseState.DISABLE,
      8: FuseState.ENABLE,
    })
  })

  describe('its archive', () => {
    it('holds what was built, pictures and the licence of our own, and nothing else of the project', () => {
      const own = packedFiles(archive).filter(({ path }) => !path.startsWith('node_modules/'))
      const built = ['out/main', 'out/preload', 'out/renderer'].flatMap((part) =>
        filesUnder(inProject(part)).map((file) => `${part}/${file}`),
      )
      expect(built.filter((path) => !/\.(js|cjs|css|html|json|jpg)$/.test(path))).toEqual([])
      const states = ['attention', 'calm', 'unread']
      const tray = states.flatMap((state) => ['', '@2x', 'Template', 'Template@2x'].map((end) => `tray-${state}${end}`))
      expect(own.map(({ path }) => path)).toEqual(
        [
          'LICENSE',
          'package.json',
          'resources/icon.png',
          ...built,
          'resources/tray/overlay.png',
          ...tray.map((name) => `resources/tray/${name}.png`),
        ].sort(),
      )
    })

    it('names no development in its manifest', () => {
      const manifest = JSON.parse(readFileSync(join(extracted, 'package.json'), 'utf8')) as Record<string, unknown>
      expect(Object.keys(manifest)).not.toContain('devDependencies')
      expect(Object.keys(manifest)).not.toContain('scripts')
      expect(manifest).toMatchObject({ main: 'out/main/desktop.js', desktopName: 'switchboard.desktop' })
    })

    /* A package's own manifest, not one that marks a folder of it. */
    const packages = () =>
      packedFiles(archive)
        .filter(({ path }) => /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(path))
        .map(({ path }) => JSON.parse(readFileSync(join(extracted, path), 'utf8')) as { name: string; version: string })
        .map(({ name, version }) => `${name}@${version}`)
        .sort()

    it('holds the packages that the lock has for production on this system, but those that only compile', () => {
      const lock = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8')) as {
        packages: Record<
          string,
          { version: string; dev?: boolean; devOptional?: boolean; peer?: boolean; optional?: boolean }
        >
      }
      const production = Object.entries(lock.packages)
        .filter(([path, { dev, devOptional, peer }]) => path !== '' && !dev && !devOptional && !peer)
        // An optional one is for other systems, where it is not here.
        .filter(([path, { optional }]) => !optional || existsSync(inProject(path)))
        .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`)
        .filter((name) => !compilers.includes(name.slice(0, name.lastIndexOf('@'))))
      expect(packages()).toEqual([...new Set(production)].sort())
    })

    it('names each of them, with its licence, to the settings', () => {
      const works = z
        .array(z.object({ name: z.string(), version: z.string(), licence: z.string() }))
        .parse(JSON.parse(readFileSync(join(extracted, 'out/renderer/licences.json'), 'utf8')))
      const named = works.map(({ name, version }) => `${name}@${version}`)
      expect(packages().filter((name) => !named.includes(name))).toEqual([])
    })

    it('holds of them what Node loads, no sources, tests or documents', () => {
      const theirs = packedFiles(archive).filter(({ path }) => path.startsWith('node_modules/'))
      const paths = theirs.map(({ path }) => path).filter((path) => !natives.includes(path))
      expect(paths.length).toBeGreaterThan(500)
      expect(paths.filter((path) => !/\.(js|cjs|mjs|json)$|\/licen[cs]e(-\w+)?$/i.test(path))).toEqual([])
      const named =
        /\/(tests?|__tests__|spec|bench(marks?)?|fixtures|docs?|examples?)\/|node_modules\/(@[^/]+\/)?[^/]+\/(test|bench)\.js$|\/(zod\/src|ajv\/lib)\//
      expect(paths.filter((path) => named.test(path))).toEqual([])
    })

    it('leaves only the native modules of this system beside itself, byte for byte', () => {
      const outside = packedFiles(archive).filter(({ isUnpacked }) => isUnpacked)
      expect(outside.map(({ path }) => path)).toEqual(natives)
      expect(packedFiles(archive).filter(({ path }) => path.endsWith('.node'))).toEqual(outside)
      for (const native of natives) {
        expect(readFileSync(`${archive}.unpacked/${native}`).equals(readFileSync(inProject(native)))).toBe(true)
      }
    })

    it('stays within its budget, and the script says each part', () => {
      const sizes = packedSizes(packed, join(packed, 'resources'))
      const { firstLoad: _first, ...budget } = sizeBudget
      expect(Object.keys(sizes).sort()).toEqual([...Object.keys(budget), 'electron'].sort())
      for (const [part, most] of Object.entries(budget)) {
        const bytes = sizes[part as keyof typeof budget]
        expect(bytes, part).toBeGreaterThan(0)
        expect(bytes, part).toBeLessThan(most)
        expect(table).toMatch(new RegExp(`${part} +${(bytes / 1e6).toFixed(1)} MB of ${(most / 1e6).toFixed(1)}\n`))
      }
      expect(sizes.electron).toBeGreaterThan(0)
      expect(table).toMatch(/firstLoad +0\.\d\d MB of 0\.40\n/)
    })

    it('shows the inbox after less than 400 KB, as a slow network would carry them', () => {
      const bytes = firstLoad(join(extracted, 'out/renderer'), firstScreen)
      expect(bytes).toBeGreaterThan(200e3)
      expect(bytes).toBeLessThan(sizeBudget.firstLoad)
    })
  })

  it('answers without a window, out of its archive, where nothing of the project is', async () => {
    const args = ['--data', join(folder, 'data'), '--port', '0', '--callback-port', '0']
    const host = follow(
      spawn(projectNode, [join(extracted, 'out/main/headless.js'), ...args], {
        cwd: folder,
        env: { ...process.env, LANG: 'C' },
      }),
    )
    try {
      const { url, token } = await host.ready
      const page = await fetch(new URL('/', url), { headers: { authorization: `Bearer ${token}` } })
      expect(await page.text()).toContain('<title>')
      const answer = await fetch(new URL('/api/system.info', url), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{}',
      })
      expect(await answer.json()).toMatchObject({ ok: true, result: { host: 'headless', version: '0.1.0' } })
    } finally {
      host.child.kill('SIGTERM')
    }
    expect(await host.ended).toEqual({ code: 0, signal: null })
  })

  it('opens its window, out of its archive, on the stand-in', async () => {
    const application = spawnOnStandIn(
      { dataDir: join(folder, 'desktop-data') },
      join(extracted, 'out/main/desktop.js'),
    )
    try {
      await application.endpoint
      await expect.poll(() => application.stderr(), { timeout: 40_000 }).toContain('"msg":"started"')
    } finally {
      await endProcess(application.child, application.exited)
    }
  })

  it('is not made without Electron, and the sentence says what to do', async () => {
    mkdirSync(join(folder, 'nothing'))
    const { code, output } = await pack(join(folder, 'nothing'))
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toEqual([
      expect.stringMatching(/^There is no Electron to pack with: .*ELECTRON_/),
    ])
    expect(existsSync(archive)).toBe(true)
  })
})
