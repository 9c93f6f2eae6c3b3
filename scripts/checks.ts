/**
 * Everything that must hold, in order: types, style, the dependency rule, dead code, the build, the documents
 * made from the code, unit and integration tests, browser tests. Goes on after a failure, so that one run tells
 * everything; the closing line counts each test, and each other check as one. Arguments name checks to run.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { ensureBrowser } from './lib/browser.ts'
import { ensureBuilt } from './lib/build.mjs'
import { inProject, projectNode } from './lib/project.mjs'
import { closingLine, type Counts, readPlaywrightReport, readVitestReport, sum } from './lib/reports.ts'
import { ensureServers } from './lib/servers.ts'
import { lastLines, run, StepFailure } from './lib/steps.mjs'

interface Outcome extends Counts {
  /** What to show when it failed. */
  readonly output: string
}

interface Check {
  readonly name: string
  readonly work: () => Promise<Outcome>
  /** Not beside another one. */
  readonly alone?: boolean
  /** Takes as long as all others of its kind together: begins first. */
  readonly long?: boolean
}

/* Nothing takes this long unless it hangs, even on a machine that has other work. */
const limitMs = 25 * 60_000

const manifest = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) })

/* The script behind a command of an installed package: started by our own Node, it needs no shell. */
function bin(packageName: string, command = packageName): string {
  const folder = inProject('node_modules', packageName)
  const { bin: commands } = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const path = typeof commands === 'string' ? commands : commands[command]
  if (path === undefined) throw new Error(`${packageName} has no command ${command}`)
  return join(folder, path)
}
const one = (passed: boolean, output: string): Outcome => ({
  passed: passed ? 1 : 0,
  failed: passed ? 0 : 1,
  skipped: 0,
  output,
})

const program =
  (script: string, ...args: string[]) =>
  async (): Promise<Outcome> => {
    const result = await run(projectNode, [script, ...args], { limitMs })
    const late = result.timedOut ? `\nended after ${limitMs / 60_000} minutes` : ''
    return one(result.code === 0, lastLines(result.output, 60) + late)
  }

/* Runs a test runner and reads its report; without one, the run itself is the failed test. */
const runner =
  (report: string, read: (text: string) => Counts, script: string, ...args: string[]) =>
  async (): Promise<Outcome> => {
    const file = inProject(report)
    mkdirSync(dirname(file), { recursive: true })
    rmSync(file, { force: true })
    const env = { ...process.env, SWITCHBOARD_E2E_REPORT: file }
    const { code, output, timedOut } = await run(projectNode, [script, ...args], { limitMs, env })
    const text = lastLines(output, 120) + (timedOut ? `\nended after ${limitMs / 60_000} minutes` : '')
    if (!existsSync(file)) return one(false, text)
    const counts = read(readFileSync(file, 'utf8'))
    // It may fail for more than its tests: an error outside of them, or none found at all.
    return { ...counts, failed: code !== 0 && counts.failed === 0 ? 1 : counts.failed, output: text }
  }

/* What was built from these very sources is not built again: an application that runs from it goes on. */
async function build(): Promise<Outcome> {
  try {
    await ensureBuilt(process.stdout)
    return one(true, '')
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return one(false, `${error.details}\n${error.message}`)
  }
}

/* For tests that open a browser (those of the desktop host are among the unit and integration ones), or stand behind a
   server of the system. */
const withBrowser = (work: () => Promise<Outcome>) => async (): Promise<Outcome> => {
  try {
    await ensureBrowser(process.stdout)
    await ensureServers(process.stdout)
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return one(false, error.message)
  }
  return work()
}

const unitReport = 'test-results/unit.json'
const checks: readonly Check[] = [
  { name: 'types', work: program(bin('typescript', 'tsc'), '-p', 'tsconfig.node.json') },
  { name: 'types-renderer', work: program(bin('vue-tsc'), '-p', 'tsconfig.web.json') },
  { name: 'eslint', work: program(bin('eslint'), '.', '--max-warnings', '0'), long: true },
  { name: 'format', work: program(bin('prettier'), '--check', '.') },
  {
    name: 'dependency-rule',
    work: program(bin('dependency-cruiser', 'depcruise'), 'electron', 'shared', 'renderer', 'scripts', 'tests'),
  },
  { name: 'unused', work: program(bin('knip'), '--no-progress') },
  { name: 'contract-docs', work: program(inProject('scripts/contract-docs.ts'), '--check') },
  { name: 'build', work: build, alone: true },
  {
    name: 'unit',
    alone: true,
    work: withBrowser(
      runner(
        unitReport,
        readVitestReport,
        bin('vitest'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${inProject(unitReport)}`,
      ),
    ),
  },
  { name: 'faults', alone: true, work: program(inProject('tests/faults/main.ts')) },
  {
    name: 'browser',
    alone: true,
    work: withBrowser(
      runner('test-results/e2e.json', readPlaywrightReport, bin('@playwright/test', 'playwright'), 'test'),
    ),
  },
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no check ${unknown.join(', ')}; there are ${checks.map(({ name }) => name).join(', ')}.\n`,
  )
  process.exit(2)
}

const chosen = checks.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const secondsSince = (startedAt: number): number => (Date.now() - startedAt) / 1000

interface Finished {
  readonly outcome: Outcome
  readonly seconds: number
}

async function perform({ work }: Check): Promise<Finished> {
  const startedAt = Date.now()
  const outcome = await work().catch((error: unknown) =>
    one(false, error instanceof Error ? String(error.stack) : String(error)),
  )
  return { outcome, seconds: secondsSince(startedAt) }
}

function show(name: string, { outcome, seconds }: Finished): void {
  const verdict = outcome.failed > 0 ? 'FAILED' : 'ok'
  process.stdout.write(`${name.padEnd(16)} ${verdict.padEnd(7)} ${closingLine(outcome)} (${seconds.toFixed(1)} s)\n`)
  if (outcome.failed > 0) process.stdout.write(`${outcome.output}\n\n`)
}

/* Each thread and process loads hundreds of modules anew: what V8 made of them is kept between them (Node's documentation,
   module compile cache), which halves the time that an engine takes to open from its sources. */
process.env.NODE_COMPILE_CACHE ??= inProject('node_modules/.cache/compiled')

/* What only reads goes two at a time; what builds or measures time has the machine to itself. */
const startedAt = Date.now()
const outcomes: Outcome[] = []
const reading = chosen.filter(({ alone }) => !alone)
const finished = new Map<Check, PromiseWithResolvers<Finished>>(
  reading.map((check) => [check, Promise.withResolvers()]),
)
const queue = reading.toSorted((a, b) => Number(b.long ?? false) - Number(a.long ?? false))
async function lane(): Promise<void> {
  for (let check = queue.shift(); check; check = queue.shift()) finished.get(check)?.resolve(await perform(check))
}
const lanes = Promise.all([lane(), lane()])
for (const check of chosen) {
  if (check.alone) await lanes
  const result = await (finished.get(check)?.promise ?? perform(check))
  outcomes.push(result.outcome)
  show(check.name, result)
}

const total = sum(outcomes)
const seconds = Math.round(secondsSince(startedAt))
process.stdout.write(
  `\nEvery check but unit and browser counts as one test. It took ${Math.floor(seconds / 60)} min ${seconds % 60} s.\n`,
)
process.stdout.write(`${closingLine(total)}\n`)
process.exitCode = total.failed > 0 ? 1 : 0
