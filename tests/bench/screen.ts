/** Measures in a browser, by a program of its own (browser/main.ts). */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Row } from './rows.ts'

const run = promisify(execFile)

export async function screen(quick: boolean): Promise<Row[]> {
  const { stdout } = await run(process.execPath, ['tests/bench/browser/main.ts', ...(quick ? ['--quick'] : [])])
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]') as Row[]
}
