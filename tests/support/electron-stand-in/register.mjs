/**
 * Makes `electron` mean the stand-in for every module that is loaded after this one:
 * `node --import ./tests/support/electron-stand-in/register.mjs out/main/desktop.js`
 */
import { registerHooks } from 'node:module'

const standIn = new URL('electron.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'electron' || specifier === 'electron/main') return { url: standIn, shortCircuit: true }
    return nextResolve(specifier, context)
  },
})
