import { describe, expect, it } from 'vitest'
import { closingLine, readPlaywrightReport, readVitestReport, sum } from '../../../scripts/lib/reports.ts'

const vitest = (passed: number, failed: number, success: boolean): string =>
  JSON.stringify({ success, numPassedTests: passed, numFailedTests: failed, numPendingTests: 2, numTodoTests: 1 })
const playwright = (unexpected: number, flaky: number, errors: unknown[]): string =>
  JSON.stringify({ errors, stats: { expected: 5, unexpected, flaky, skipped: 1 } })

describe('the closing line', () => {
  it('counts everything, and the skipped only when there are any', () => {
    const unit = readVitestReport(vitest(10, 1, false))
    const browser = readPlaywrightReport(playwright(0, 0, []))
    expect(closingLine(sum([unit, browser]))).toBe('15 passed, 1 failed, 4 skipped')
    expect(closingLine({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed')
  })

  it('counts a run that failed without a failed test', () => {
    expect(readVitestReport(vitest(10, 0, false)).failed).toBe(1)
    expect(readPlaywrightReport(playwright(0, 0, [{ message: 'no tests found' }])).failed).toBe(1)
  })

  it('counts as failed what passed only when repeated', () => {
    expect(readPlaywrightReport(playwright(0, 1, [])).failed).toBe(1)
  })

  it('does not take something else for a report', () => {
    expect(() => readVitestReport('{}')).toThrow()
    expect(() => readPlaywrightReport('{}')).toThrow()
  })
})
