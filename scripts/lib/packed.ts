/** Looks into a packed application: what is inside, and how large it is. */
import { listPackage, statFile } from '@electron/asar'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface PackedFile {
  /** Inside the archive, with slashes. */
  readonly path: string
  readonly bytes: number
  /** Whether it lies beside the archive. */
  readonly isUnpacked: boolean
}

/** Every file that an asar archive names, by path. */
export function packedFiles(archive: string): PackedFile[] {
  const files = listPackage(archive, { isPack: false }).flatMap((listed): PackedFile[] => {
    const path = listed.replaceAll('\\', '/').replace(/^\//, '')
    const entry = statFile(archive, listed.slice(1))
    return 'size' in entry ? [{ path, bytes: entry.size, isUnpacked: entry.unpacked === true }] : []
  })
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

const sizeOfFolder = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

export interface PackedSizes {
  readonly renderer: number
  /** Documents of the help, with their pictures. */
  readonly help: number
  readonly main: number
  readonly packages: number
  readonly native: number
  readonly resources: number
  /** All else: Electron with its locales. */
  readonly electron: number
}

/** What each part may take, in bytes, and the first load as gzip sends it. Electron's own size is not ours to keep. */
export const sizeBudget = {
  renderer: 3.6e6,
  help: 1e6,
  main: 1.5e6,
  packages: 13e6,
  native: 14.5e6,
  resources: 0.3e6,
  firstLoad: 0.4e6,
} as const satisfies Partial<Record<keyof PackedSizes | 'firstLoad', number>>

/** The screen that a start shows. */
export const firstScreen = 'InboxScreen'

/** A line for each part: its size, and what it may be. @param sizes bytes by part */
export function sizeTable(sizes: Readonly<Record<string, number>>): string {
  const budgets: Readonly<Record<string, number>> = sizeBudget
  const megabytes = (bytes: number, digits: number): string => (bytes / 1e6).toFixed(digits)
  return Object.entries(sizes)
    .map(([part, bytes]) => {
      const most = budgets[part]
      const digits = part === 'firstLoad' ? 2 : 1
      const beside =
        most === undefined ? '' : ` of ${megabytes(most, digits)}${bytes > most ? ', over its budget' : ''}`
      return `  ${part.padEnd(10)}${megabytes(bytes, digits).padStart(7)} MB${beside}\n`
    })
    .join('')
}

/**
 * Bytes by part, uncompressed.
 *
 * @param folder the packed application
 * @param resources the folder in it that holds the archive
 */
export function packedSizes(folder: string, resources: string): PackedSizes {
  const archive = join(resources, 'app.asar')
  const files = packedFiles(archive)
  const sum = (holds: (file: PackedFile) => boolean): number =>
    files.filter(holds).reduce((total, { bytes }) => total + bytes, 0)
  const under = (...folders: string[]): number =>
    sum(({ path, isUnpacked }) => !isUnpacked && folders.some((start) => path.startsWith(start)))
  const help = sum(
    ({ path }) =>
      path.startsWith('out/renderer/assets/help/') || (path.startsWith('out/renderer/') && path.endsWith('.jpg')),
  )
  const native = sum(({ isUnpacked }) => isUnpacked)
  return {
    renderer: under('out/renderer/') - help,
    help,
    main: under('out/main/', 'out/preload/'),
    packages: under('node_modules/'),
    native,
    resources: under('resources/'),
    electron: sizeOfFolder(folder) - statSync(archive).size - native,
  }
}

/* Rollup's names end with a dash and a hash of eight. */
const nameOf = (file: string): string => file.replace(/-.{8}\.\w+$/, '')

/**
 * What a browser fetches until a screen stands: the page, its entry, the screen, all that these import, and the styles of
 * each.
 *
 * @param renderer folder of the built renderer
 * @param screen name of a screen's chunk
 * @returns bytes as gzip sends them
 */
export function firstLoad(renderer: string, screen: string): number {
  const assets = join(renderer, 'assets')
  const all = readdirSync(assets)
  const page = readFileSync(join(renderer, 'index.html'), 'utf8')
  const found = new Set<string>()
  const add = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    for (const style of all) if (style.endsWith('.css') && nameOf(style) === nameOf(file)) found.add(style)
    if (!file.endsWith('.js')) return
    const source = readFileSync(join(assets, file), 'utf8')
    for (const [, imported = ''] of source.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) add(imported)
  }
  for (const [, file = ''] of page.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)) add(file)
  const chunk = all.find((file) => file.endsWith('.js') && nameOf(file) === screen)
  if (!chunk) throw new Error(`the renderer has no chunk ${screen}`)
  add(chunk)
  const sizeOf = (path: string): number => gzipSync(readFileSync(path)).length
  return [...found].reduce((sum, file) => sum + sizeOf(join(assets, file)), sizeOf(join(renderer, 'index.html')))
}
