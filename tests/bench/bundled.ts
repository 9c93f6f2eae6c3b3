/** Where the bench's bundles are (bundle.ts makes them); the bench runs in the project's folder. */
import { join, resolve } from 'node:path'

export const bundleFolder = resolve('test-results', 'bench-bundle')

/** A bundled entry, by name. */
export const bundled = (
  name: 'server' | 'resident' | 'loop-server' | 'sender' | 'ways-host' | 'relay' | 'thread',
): string => join(bundleFolder, `${name}.js`)
