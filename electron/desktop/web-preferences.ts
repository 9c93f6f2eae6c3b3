/** What the window's page may be: Electron's checklist, spelt out even where a line is Electron's own default. */
import type { WebPreferences } from 'electron'

/**
 * @param preload the preload bundle
 * @param isDevelopment whether the application runs unpacked: only then with developer tools
 * @param checksSpelling see `spelling.ts`
 */
export const webPreferences = (preload: string, isDevelopment: boolean, checksSpelling: boolean): WebPreferences => ({
  preload,
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInSubFrames: false,
  nodeIntegrationInWorker: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  devTools: isDevelopment,
  spellcheck: checksSpelling,
})
