/** What the window's page may be: Electron's checklist, spelt out even where a line is Electron's own default. */
import type { WebPreferences } from 'electron'

/**
 * @param preload the preload bundle
 * @param isDevelopment whether the application runs unpacked: only then with developer tools
 */
export const webPreferences = (preload: string, isDevelopment: boolean, platform: NodeJS.Platform): WebPreferences => ({
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
  // Elsewhere than on macOS the dictionaries would be loaded from a third party's server.
  spellcheck: platform === 'darwin',
})
