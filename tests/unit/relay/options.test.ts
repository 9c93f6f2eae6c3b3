/** What the relay's command line says of looking from outside, and its environment of signing in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OptionError, readOptions } from '../../../electron/relay/options.ts'

describe('--look-inside', () => {
  it('is off unless it is given, and takes no value', () => {
    expect(readOptions([], {}).lookInside).toBe(false)
    expect(readOptions(['--look-inside'], {}).lookInside).toBe(true)
    expect(() => readOptions(['--look-inside=no'], {})).toThrow(OptionError)
  })
})

it('what is no seed or no file of credentials is refused at the start, by its kind alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-relay-options-'))
  const file = join(folder, 'secret')
  writeFileSync(file, 'SUno-seed-at-all')
  try {
    expect(() => readOptions([], { SWITCHBOARD_NATS_SEED_FILE: file })).toThrow(/by nkey cannot be read/)
    expect(() => readOptions([], { SWITCHBOARD_NATS_CREDS_FILE: file })).toThrow(/by creds cannot be read/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
