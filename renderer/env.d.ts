/// <reference types="vite/client" />
import type { Bridge } from '#shared/contract/bridge.ts'

declare global {
  interface Window {
    /** Put there by the desktop host's preload script; absent in a browser. */
    readonly switchboard?: Bridge
  }
}
