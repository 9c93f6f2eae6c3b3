import vue from '@vitejs/plugin-vue'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that start applications first: what is long must not be left over for one core at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const shortest = [
      '/unit/',
      '/integration/engine/',
      '/integration/headless/',
      '/integration/relay/',
      '/integration/desktop/',
    ]
    const rank = ({ moduleId }: TestSpecification): number => shortest.findIndex((part) => moduleId.includes(part))
    return sorted.toSorted((a, b) => rank(b) - rank(a))
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
    // Much of their time is waiting, for servers that start and for what is to happen: half as many again as there are cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongFirst },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
