import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that start applications first: what is long must not be left over for one core at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification): number =>
      ['/integration/desktop/', '/integration/headless/', '/integration/'].findIndex((part) => moduleId.includes(part))
    return sorted.toSorted((a, b) => (rank(a) >>> 0) - (rank(b) >>> 0))
  }
}

/** Unit and integration tests. Those in a browser are Playwright's (playwright.config.ts). */
export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('renderer', import.meta.url)) } },
  test: {
    environment: 'node',
    include: ['tests/unit/**/*.test.ts', 'tests/integration/**/*.test.ts'],
    // Processes, not threads: the engine opens threads of its own, and native modules end with their process.
    pool: 'forks',
    // Much of their time is waiting: one to each core, not one less.
    maxWorkers: '100%',
    sequence: { sequencer: LongFirst },
    // Only what hangs is to be ended by it: a build server may be several times as slow as a desk.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
