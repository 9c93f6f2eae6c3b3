/** A folder that looks like an unpacked Electron for Linux, for packing where none can be downloaded. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/* Electron's program is found by these letters; a version, a length and a digit for each fuse follow them. */
const fuseMark = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/**
 * Makes the folder.
 *
 * @param fuses a digit for each fuse: 0 off, 1 on, r removed
 */
export function makeElectronDistribution(folder: string, fuses: string): void {
  for (const inner of ['locales', 'resources']) mkdirSync(join(folder, inner), { recursive: true })
  const program = [
    'program before the fuses ',
    fuseMark,
    '\x01',
    String.fromCharCode(fuses.length),
    fuses,
    ' and after',
  ]
  writeFileSync(join(folder, 'electron'), program.join(''), { mode: 0o755 })
  const files = ['LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox', 'icudtl.dat', 'version', 'resources.pak']
  const locales = ['de', 'en-GB', 'en-US', 'zh-CN', 'zh-TW'].map((name) => `locales/${name}.pak`)
  for (const file of [...files, ...locales, 'resources/default_app.asar']) writeFileSync(join(folder, file), file)
}
