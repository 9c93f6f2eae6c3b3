/**
 * `npm run test:faults`: kills the built host with SIGKILL at random moments under full callback load and under
 * sending, and counts what that cost. What it proves: docs/reliability.md.
 *
 * The short form takes under a minute. `--long` makes 100 rounds on ten data folders, `--rounds N` as many on one;
 * `--seed N` repeats the chances of a run (not its moments, which the machine decides). The figures go to standard
 * output, the same as JSON to `test-results/faults.json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ensureBuilt } from '../../scripts/lib/build.mjs'
import { inProject } from '../../scripts/lib/project.mjs'
import { campaign } from './campaign.ts'
import { chanceOf } from './random.ts'
import { mustBeZero, type Figures } from './verdict.ts'

const { values } = parseArgs({
  options: { long: { type: 'boolean', default: false }, rounds: { type: 'string' }, seed: { type: 'string' } },
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)
/** Rounds on each data folder. */
const plan = values.long ? Array.from({ length: 10 }, () => 10) : [Number(values.rounds ?? 6)]

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const add = (a: Figures, b: Figures): Figures => {
  const sum = { ...a }
  for (const name of Object.keys(b) as (keyof Figures)[]) sum[name] += b[name]
  return sum
}

await ensureBuilt(process.stdout)
say(`seed ${seed}`)
const begun = performance.now()
let total: Figures | null = null
for (const [index, rounds] of plan.entries()) {
  const figures = await campaign(rounds, chanceOf(seed + index), (line) => say(`folder ${index + 1}, ${line}`))
  total = total === null ? figures : add(total, figures)
}
if (total === null) throw new Error('no round was asked for')
const seconds = Math.round((performance.now() - begun) / 1000)
console.table(total)
mkdirSync(inProject('test-results'), { recursive: true })
const report = { at: new Date().toISOString(), seed, seconds, ...total }
writeFileSync(inProject('test-results/faults.json'), JSON.stringify(report, null, 2))
const wrong = mustBeZero.filter((name) => total[name] > 0)
say(wrong.length === 0 ? `nothing lost, nothing twice (${seconds} s)` : `must be 0: ${wrong.join(', ')}`)
process.exit(wrong.length === 0 ? 0 : 1)
