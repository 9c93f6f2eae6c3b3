/** How large the packed application is, part by part, beside what each may take. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt } from '../../scripts/lib/build.mjs'
import { firstLoad, firstScreen, packedSizes, sizeBudget } from '../../scripts/lib/packed.ts'
import { inProject, projectNode } from '../../scripts/lib/project.mjs'
import { run } from '../../scripts/lib/steps.mjs'
import { makeElectronDistribution } from '../support/electron-distribution.ts'
import { row, type Row } from './rows.ts'

/** Packs with a stand-in for Electron's program, whose own size is therefore not told. */
export async function sizes(): Promise<Row[]> {
  // What stands in for Electron is laid out as on Linux; elsewhere `npm run package` says the same of the real one.
  if (process.platform !== 'linux') return []
  await ensureBuilt(process.stderr)
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-sizes-'))
  try {
    const electron = join(folder, 'electron')
    makeElectronDistribution(electron, '101100111')
    const output = join(folder, 'out')
    const { code, output: said } = await run(
      projectNode,
      [inProject('scripts/package.ts'), '--dir', '--output', output],
      { env: { ...process.env, LANG: 'C', LC_ALL: 'C', ELECTRON_OVERRIDE_DIST_PATH: electron } },
    )
    if (code !== 0) throw new Error(said)
    const packed = join(output, 'linux-unpacked')
    const found = {
      ...packedSizes(packed, join(packed, 'resources')),
      firstLoad: firstLoad(inProject('out/renderer'), firstScreen),
    }
    return Object.entries(sizeBudget).map(([part, most]) => {
      const what = part === 'firstLoad' ? 'until the inbox stands, gzip, MB' : `packed: ${part}, MB`
      return row(what, 'its budget', found[part as keyof typeof sizeBudget] / 1e6, most / 1e6, '<= 1')
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
