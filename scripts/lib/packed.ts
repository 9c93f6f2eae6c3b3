/** Looks into a packed application. */
import { listPackage, statFile } from '@electron/asar'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

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
  readonly main: number
  readonly packages: number
  readonly native: number
  readonly resources: number
  /** All else: Electron with its locales. */
  readonly electron: number
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
  const native = sum(({ isUnpacked }) => isUnpacked)
  return {
    renderer: under('out/renderer/'),
    main: under('out/main/', 'out/preload/'),
    packages: under('node_modules/'),
    native,
    resources: under('resources/'),
    electron: sizeOfFolder(folder) - statSync(archive).size - native,
  }
}
