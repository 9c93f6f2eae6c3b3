/**
 * `npm run bench`: how near the engine runs to what this machine can do. Every figure is a ratio to a limit
 * measured in the same run, since figures of different machines, or hours, cannot be compared.
 *
 * `--quick` takes under two minutes. `--only ingest,history` measures parts; `ways` is measured only when it is named.
 * `--profile DIR` writes processor profiles of the engine under a sustained load of callbacks, with `--only sends` under
 * sends, and nothing else. The table goes to standard output, the same as JSON
 * to `test-results/bench.json`. What each row means: docs/performance.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { history } from './history.ts'
import { ingest } from './ingest.ts'
import { loop } from './loop.ts'
import { profile } from './load.ts'
import type { Row } from './rows.ts'
import { screen } from './screen.ts'
import { profileSends, sends } from './sends.ts'
import { sizes } from './sizes.ts'
import { ways } from './ways.ts'
import { windowsBench } from './windows.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, profile: { type: 'string' } },
})
const { quick } = values

const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  ingest: () => ingest(quick),
  history: () => history(!quick),
  loop: () => loop(quick),
  sends: () => sends(quick),
  windows: () => windowsBench(quick),
  screen: () => screen(quick),
  sizes: () => sizes(),
  ways: () => ways(quick),
}
/** They are measured where they are asked for: servers of the system have to be installed for them. */
const apart: readonly string[] = ['ways']

await bundle()
if (values.profile !== undefined) {
  if (values.only === 'sends') await profileSends(values.profile, 10_000)
  else await profile(values.profile, 30_000)
} else {
  const wanted = values.only?.split(',') ?? Object.keys(parts).filter((name) => !apart.includes(name))
  const rows: Row[] = []
  for (const name of wanted) {
    const part = parts[name]
    if (!part) throw new Error(`no such part: ${name}; there are ${Object.keys(parts).join(', ')}`)
    const measured = await part()
    // At once: who stops a long run keeps what it found.
    console.table(measured)
    rows.push(...measured)
  }
  mkdirSync('test-results', { recursive: true })
  writeFileSync('test-results/bench.json', JSON.stringify({ at: new Date().toISOString(), quick, rows }, null, 2))
}
