/** `npm run build`: builds everything into out/, changed or not. */
import { ensureBuilt } from './lib/build.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { runMain } from './lib/steps.mjs'

runMain(async () => {
  await ensureInstalled(process.stdout)
  await ensureBuilt(process.stdout, { always: true })
})
