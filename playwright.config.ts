import { defineConfig } from '@playwright/test'
import { chromiumArgs, findChromium } from './tests/support/chromium.ts'

/** Tests in a real browser. `npm test` builds first; alone: `npm run build`, then `npx playwright test`. */
export default defineConfig({
  outputDir: 'test-results/e2e',
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: process.env.SWITCHBOARD_E2E_REPORT ?? 'test-results/e2e.json' }]],
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: findChromium(), args: chromiumArgs() },
    // Tests wait for what happens, not for how it fades in.
    contextOptions: { reducedMotion: 'reduce' },
    // Recording every step costs a build server half of its time; a person who looks at one failure wants it.
    trace: process.env.CI ? 'off' : 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    // Over the desktop host: with a stand-in for Electron, and with the real one where there is one. Its tests are long
    // and share a file: they come first, so that not one worker alone is left with them.
    { name: 'electron', testDir: 'tests/e2e-electron' },
    // Over the headless host.
    { name: 'browser', testDir: 'tests/e2e' },
  ],
})
