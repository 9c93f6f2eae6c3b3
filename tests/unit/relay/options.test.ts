/** What the relay's command line says of looking from outside. */
import { describe, expect, it } from 'vitest'
import { OptionError, readOptions } from '../../../electron/relay/options.ts'

describe('--look-inside', () => {
  it('is off unless it is given, and takes no value', () => {
    expect(readOptions([], {}).lookInside).toBe(false)
    expect(readOptions(['--look-inside'], {}).lookInside).toBe(true)
    expect(() => readOptions(['--look-inside=no'], {})).toThrow(OptionError)
  })
})
