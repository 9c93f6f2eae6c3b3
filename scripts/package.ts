/**
 * `npm run package`: makes the installers of the operating system that it runs on, into dist/. What was built is packed:
 * the npm script builds first. `--dir` packs without making installers of it; `--arch x64` or `--arch arm64` packs for
 * another processor (on macOS one application is made for both), `--output DIR` puts the results elsewhere, `--update-url URL`
 * (or SWITCHBOARD_UPDATE_URL) is where the packed application looks for new versions.
 */
import { Arch, build, Platform } from 'electron-builder'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureElectron, findElectron } from './lib/electron.mjs'
import { packagingConfig } from './lib/packaging.ts'
import { firstLoad, firstScreen, packedSizes, sizeTable } from './lib/packed.ts'
import { inProject, root, say } from './lib/project.mjs'
import { runMain, StepFailure } from './lib/steps.mjs'

interface Options {
  readonly dir: boolean
  readonly arch: string
  readonly output: string
  readonly 'update-url'?: string | undefined
}

function readOptions(): Options {
  const flags = {
    dir: { type: 'boolean', default: false },
    arch: { type: 'string', default: process.arch },
    output: { type: 'string', default: inProject('dist') },
    'update-url': { type: 'string' },
  } as const
  try {
    return parseArgs({ options: flags }).values
  } catch (error) {
    // Its words name what is wrong.
    throw new StepFailure(error instanceof Error ? error.message : String(error))
  }
}

/* A package looks for new versions where this says, for as long as it is installed: only what is checked on the way. */
function updateUrlOf({ 'update-url': given = process.env.SWITCHBOARD_UPDATE_URL }: Options): string | null {
  if (given === undefined || given === '') return null
  if (URL.canParse(given) && new URL(given).protocol === 'https:') return given
  throw new StepFailure(say('--update-url takes an https address.', '--update-url 只接受 https 地址。'))
}

function archOf({ arch }: Options): Arch {
  if (process.platform === 'darwin') return Arch.universal
  if (arch === 'x64') return Arch.x64
  if (arch === 'arm64') return Arch.arm64
  throw new StepFailure(say('--arch takes x64 or arm64.', '--arch 只接受 x64 或 arm64。'))
}

/* The installed Electron is this machine's; for others electron-builder gets its own. */
async function electronFolder({ arch }: Options): Promise<string | null> {
  // Whoever names a folder wants that one and no other.
  if (!process.env.ELECTRON_OVERRIDE_DIST_PATH) await ensureElectron(process.stdout, { retry: true })
  const path = findElectron()
  if (!path) {
    throw new StepFailure(
      say(
        'There is no Electron to pack with: run "npx install-electron" where GitHub can be reached (or set ELECTRON_MIRROR to a mirror), or name the folder of an unpacked one in ELECTRON_OVERRIDE_DIST_PATH, and try again.',
        '没有可用于打包的 Electron：请在能访问 GitHub 的网络下运行 npx install-electron（或用 ELECTRON_MIRROR 指定镜像），或用 ELECTRON_OVERRIDE_DIST_PATH 指定已解压的 Electron 文件夹，然后重试。',
      ),
    )
  }
  return process.platform !== 'darwin' && arch === process.arch ? dirname(path) : null
}

runMain(async () => {
  const options = readOptions()
  const arch = archOf(options)
  const updateUrl = updateUrlOf(options)
  const electronDist = await electronFolder(options)
  const packed: { folder: string; resources: string }[] = []
  const files = await build({
    projectDir: root,
    targets: Platform.current().createTarget(options.dir ? 'dir' : null, arch),
    publish: 'never',
    config: {
      ...packagingConfig({
        platform: process.platform,
        electronDist,
        output: resolve(options.output),
        updateUrl,
      }),
      afterPack: ({ appOutDir, packager }) => {
        packed.push({ folder: appOutDir, resources: packager.getResourcesDir(appOutDir) })
      },
    },
  })
  // The halves of a universal application are gone by now.
  for (const { folder, resources } of packed.filter((one) => existsSync(one.folder))) {
    process.stdout.write(`\n${folder}\n`)
    const first = firstLoad(inProject('out/renderer'), firstScreen)
    process.stdout.write(sizeTable({ ...packedSizes(folder, resources), firstLoad: first }))
  }
  for (const file of files) process.stdout.write(`${file}\n`)
})
