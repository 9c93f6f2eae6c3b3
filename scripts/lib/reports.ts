/** Counts of tests, as the reports of the test runners give them. */
import { z } from 'zod'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Titles of the tests that passed at their second attempt only. */
  readonly flaky?: readonly string[]
}

/** The sum of several counts. */
export const sum = (all: readonly Counts[]): Counts => ({
  passed: all.reduce((total, { passed }) => total + passed, 0),
  failed: all.reduce((total, { failed }) => total + failed, 0),
  skipped: all.reduce((total, { skipped }) => total + skipped, 0),
  flaky: all.flatMap(({ flaky }) => flaky ?? []),
})

const vitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
})

/**
 * Reads vitest's JSON report. A run that failed without a failed test (a file that could not be loaded, an
 * error outside of any test) counts as one failure.
 *
 * @throws when the text is no such report
 */
export function readVitestReport(text: string): Counts {
  const report = vitestReport.parse(JSON.parse(text))
  const failed = report.numFailedTests
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !report.success ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[] | undefined
  readonly specs: readonly { readonly title: string; readonly tests: readonly { readonly status: string }[] }[]
}

const playwrightSuite: z.ZodType<PlaywrightSuite> = z.object({
  get suites() {
    return z.array(playwrightSuite).optional()
  },
  specs: z.array(z.object({ title: z.string(), tests: z.array(z.object({ status: z.string() })) })),
})

const playwrightReport = z.object({
  errors: z.array(z.unknown()),
  suites: z.array(playwrightSuite),
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int(), skipped: z.int() }),
})

/**
 * Reads Playwright's JSON report. What passed at its second attempt counts as passed, and is named.
 *
 * @throws when the text is no such report
 */
export function readPlaywrightReport(text: string): Counts {
  const { errors, stats, suites } = playwrightReport.parse(JSON.parse(text))
  const failed = stats.unexpected
  const flakyIn = ({ suites: inner = [], specs }: PlaywrightSuite): string[] => [
    ...specs.filter(({ tests }) => tests.some(({ status }) => status === 'flaky')).map(({ title }) => title),
    ...inner.flatMap(flakyIn),
  ]
  return {
    passed: stats.expected + stats.flaky,
    failed: failed === 0 && errors.length > 0 ? 1 : failed,
    skipped: stats.skipped,
    flaky: suites.flatMap(flakyIn),
  }
}

/** The closing line: `N passed, N failed`, and `, N skipped` when there are any. */
export const closingLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
