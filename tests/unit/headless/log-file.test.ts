import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openLogFile } from '#engine/log-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-log-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const numbersIn = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { n: number }).n)

it('keeps what fits, in order, the newest in the file that was named, and no more files than asked for', () => {
  const path = join(folder, 'logs', 'host.log')
  const log = pino({ base: null, timestamp: false }, openLogFile({ path, bytes: 1000, keep: 2 }))
  for (let n = 0; n < 200; n += 1) log.info({ n }, 'a line')
  expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['host.log', 'host.log.1', 'host.log.2'])
  const kept = [`${path}.2`, `${path}.1`, path].flatMap(numbersIn)
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 200 - kept.length + index))
  for (const file of [`${path}.1`, `${path}.2`]) {
    const bytes = readFileSync(file).length
    expect(bytes).toBeGreaterThan(900)
    expect(bytes).toBeLessThanOrEqual(1000)
  }
})

it('goes on in a file that is there, and counts what it holds', () => {
  const path = join(folder, 'host.log')
  writeFileSync(path, `${'x'.repeat(990)}\n`)
  const log = pino({ base: null, timestamp: false }, openLogFile({ path, bytes: 1000, keep: 1 }))
  log.info({ n: 1 }, 'a line')
  expect(numbersIn(path)).toEqual([1])
  expect(readFileSync(`${path}.1`, 'utf8')).toMatch(/^x+\n$/)
})

it('writes a line that is longer than a file may be into one of its own', () => {
  const path = join(folder, 'host.log')
  const log = pino({ base: null, timestamp: false }, openLogFile({ path, bytes: 100, keep: 3 }))
  log.info({ n: 1 }, 'x'.repeat(500))
  expect(existsSync(`${path}.1`)).toBe(false)
  log.info({ n: 2 }, 'short')
  expect(numbersIn(path)).toEqual([2])
  expect(numbersIn(`${path}.1`)).toEqual([1])
})
