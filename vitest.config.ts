import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Unit and integration tests. Those in a browser are Playwright's (playwright.config.ts). */
export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('renderer', import.meta.url)) } },
  test: {
    environment: 'node',
    include: ['tests/unit/**/*.test.ts', 'tests/integration/**/*.test.ts'],
    // Processes, not threads: the engine opens threads of its own, and native modules end with their process.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A build server may have other work while times are waited for.
    retry: process.env.CI ? 1 : 0,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
