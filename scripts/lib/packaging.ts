/**
 * How the application is packed: what is inside, how Electron's program is locked, and which installers are made of it.
 * `scripts/package.ts` runs it, `tests/integration/desktop/package.test.ts` runs it with a stand-in for Electron.
 */
import type { AfterPackContext, Configuration } from 'electron-builder'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { appId, linkScheme } from '../../electron/desktop/identity.ts'

/** What an operator would be shown as the maker; a .deb cannot be made without these three. */
const maker = {
  name: 'The Switchboard authors',
  // Names that RFC 2606 keeps from ever being anybody's: the project has no address of its own.
  email: 'switchboard@switchboard.invalid',
  homepage: 'https://switchboard.invalid/',
}

/**
 * Bits in Electron's program that decide what it may be turned into from outside. Whatever runs as the same user could
 * otherwise borrow the application's signature, and with it the permissions that macOS gave it.
 */
export const fuses = {
  // No `ELECTRON_RUN_AS_NODE`: the sandbox runs as a utility process instead.
  runAsNode: false,
  // Session cookies lie encrypted on the disk, by the system's key store.
  enableCookieEncryption: true,
  // Nothing is loaded into the main process by `NODE_OPTIONS`, no certificate by `NODE_EXTRA_CA_CERTS`.
  enableNodeOptionsEnvironmentVariable: false,
  // No debugger at the main process: neither by `--inspect` nor by a signal.
  enableNodeCliInspectArguments: false,
  // Code that is not the archive's own, byte for byte, does not run (macOS and Windows; Linux has no such check).
  enableEmbeddedAsarIntegrityValidation: true,
  // And no other folder is looked at for it.
  onlyLoadAppFromAsar: true,
  // Both would need what the application does not have: a snapshot of its own, and pages from `file:`.
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
} as const satisfies NonNullable<Configuration['electronFuses']>

/*
 * Packages bring what only their makers need. What is left out goes by what it is, so that a new version of one brings
 * nothing unseen: all that Node cannot load, and folders and files of tests, measurements and documents. Licences are
 * in the list that the settings show, whatever a package names them.
 */
const notLoaded = [
  '!node_modules/**/*.!(*.*|js|cjs|mjs|json|node)',
  '!node_modules/**/{.*,CNAME,Makefile,Jenkinsfile}',
  '!node_modules/**/{tsconfig,bower}*.json',
  '!node_modules/**/{test,tests,__tests__,spec,bench,benchmark,benchmarks,fixtures}{,/**}',
  '!node_modules/**/{doc,docs,example,examples,integration,coverage}{,/**}',
  // In a package's own folder only: deeper, a file of such a name is a part of what is loaded (@nats-io/nats-core).
  '!node_modules/{*,@*/*}/{test,bench,benchmark,example,eslint.config}.js',
  '!node_modules/**/node_modules/{*,@*/*}/{test,bench,benchmark,example,eslint.config}.js',
  // The sources of what lies beside them compiled.
  '!node_modules/{ajv/lib,zod/src}{,/**}',
  // For browsers; Node reads what lies beside it.
  '!node_modules/js-yaml/dist{,/**}',
  // S3's client comes three times: Node loads the first.
  '!node_modules/{@aws,@aws-sdk,@smithy}/*/dist-{es,types}{,/**}',
  // SQLite is compiled already; its sources, and the headers to compile it with, are 10 MB.
  '!node_modules/better-sqlite3/{build,deps,src}{,/**}',
  '!node_modules/node-addon-api{,/**}',
  // SSH goes without the native parts that it could compile.
  '!node_modules/{cpu-features,nan,buildcheck}{,/**}',
  '!node_modules/ssh2/{install.js,util{,/**}}',
  // One file for both processors of macOS does, since there is one for both anyway.
  '!node_modules/@ngrok/ngrok-darwin-{x64,arm64}{,/**}',
]

/* SQLite's native modules of the system; "${arch}" is the packed one's. A universal application for macOS has two
   halves with the same files. Patterns of `mac`, `win` and `linux` do not narrow those for all, hence the one list. */
const natives: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'darwin-*',
  linux: 'linux-${arch}',
  win32: 'win32-${arch}',
}

/* An unpacked Electron brings these; the zip's are taken out by electron-builder itself. */
async function removeDefaults({ appOutDir, packager }: AfterPackContext): Promise<void> {
  const resources = packager.platform.nodeName === 'darwin' ? 'Electron.app/Contents/Resources' : 'resources'
  await rm(join(appOutDir, resources, 'default_app.asar'), { force: true })
  await rm(join(appOutDir, 'version'), { force: true })
}

export interface PackagingOptions {
  /** The system to pack for. */
  readonly platform: NodeJS.Platform
  /** An unpacked Electron for the system and processor to pack for; null: electron-builder finds or fetches it. */
  readonly electronDist: string | null
  /** Folder for the results. */
  readonly output: string
  /** Where new versions will lie, for the packed application to look for them; null: it does not update itself. */
  readonly updateUrl: string | null
}

/** electron-builder's configuration. Paths in it begin at the project's folder. */
export function packagingConfig({ platform, electronDist, output, updateUrl }: PackagingOptions): Configuration {
  return {
    appId,
    productName: 'Switchboard',
    copyright: `Copyright © 2026 ${maker.name}`,
    directories: { output, buildResources: 'resources/package' },
    electronDist,
    artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
    // better-sqlite3 brings its native modules: nothing is compiled.
    npmRebuild: false,
    // A package that should be inside and is not installed ends it, instead of the application at its start.
    allowMissingDependencies: false,
    // Nothing is handed out from here; the address goes into the package, and the files that tell of it come beside it.
    publish: updateUrl === null ? null : { provider: 'generic', url: updateUrl },
    // Links into the application: macOS and Linux know them from the package, Windows is told by the application.
    protocols: [{ name: 'Switchboard', schemes: [linkScheme] }],

    files: [
      'out/main/**',
      'out/preload/**',
      'out/renderer/**',
      'resources/icon.png',
      'resources/tray/**',
      'LICENSE',
      ...notLoaded,
      `!node_modules/better-sqlite3/prebuilds/!(${natives[platform] ?? 'none'}).node`,
    ],
    // The system loads native modules, and that can only open files: they alone lie beside the archive.
    asar: { smartUnpack: false },
    asarUnpack: ['node_modules/better-sqlite3/prebuilds/*.node', 'node_modules/@ngrok/*/*.node'],
    electronFuses: { ...fuses, resetAdHocDarwinSignature: true },
    // Of Chromium's own texts (menus of a text field) the two languages that the application has.
    electronLanguages: ['en-US', 'zh-CN'],
    afterExtract: removeDefaults,
    extraMetadata: {
      author: { name: maker.name, email: maker.email },
      homepage: maker.homepage,
      // Ties a Linux window to its entry in the menu, and so to its icon.
      desktopName: 'switchboard.desktop',
    },

    win: { target: ['nsis'], icon: 'icon.ico' },
    // For this user only and without a question: nothing that would ask for an administrator.
    nsis: {
      oneClick: true,
      perMachine: false,
      packElevateHelper: false,
      // The system's language decides, English for all others.
      installerLanguages: ['en_US', 'zh_CN'],
      // What the operator's data folder holds outlives the application.
      deleteAppDataOnUninstall: false,
    },

    mac: {
      target: ['dmg', 'zip'],
      icon: 'icon.icns',
      category: 'public.app-category.business',
      hardenedRuntime: true,
      entitlements: 'resources/package/entitlements.plist',
      entitlementsInherit: 'resources/package/entitlements.plist',
      // These are not joined into one.
      x64ArchFiles: '**/{better-sqlite3/prebuilds/darwin-*,@ngrok/ngrok-darwin-universal/*}.node',
    },
    dmg: { title: '${productName} ${version}' },

    linux: {
      target: ['AppImage', 'deb'],
      executableName: 'switchboard',
      syncDesktopName: true,
      icon: 'icons',
      category: 'Network;InstantMessaging',
      maintainer: `${maker.name} <${maker.email}>`,
      synopsis: 'Answer customers through many messaging accounts',
      desktop: { entry: { 'Name[zh_CN]': '总机' } },
    },
    // The older runtime needs a libfuse2 that current distributions no longer install.
    toolsets: { appimage: '1.0.3' },
  }
}
