/**
 * What a renderer is given to reach the engine, whichever host is beneath it: the preload script puts
 * one on `window.switchboard`, the browser makes one from a WebSocket.
 */
import type { Answer, EntryInput, EntryName, EntryResult } from './index.ts'
import type { ContractError, Locale } from './errors.ts'
import type { DesktopBridge } from './desktop.ts'
import type { ContractEvent } from './events.ts'

/** `connecting` at first and after a loss; `refused` when engine and renderer do not fit together. */
export type LinkState = 'connecting' | 'connected' | 'refused' | 'unauthorized'

export interface Bridge {
  /** The contract version of the engine's side, once known. */
  readonly host: 'desktop' | 'browser'
  /** Calls an entry. Never rejects: what goes wrong is an answer with `ok: false`. */
  call<Name extends EntryName>(entry: Name, input: EntryInput<Name>): Promise<Answer<EntryResult<Name>>>
  /** Hears every event, in order. @returns a function that ends it. */
  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void
  /** Hears the state of the link, the present one at once. After a loss, `connected` means: load afresh. */
  onLink(listener: (state: LinkState) => void): () => void
  /** The language in which errors come from now on. */
  setLocale(locale: Locale): void
  /** What only the desktop has. */
  readonly desktop?: DesktopBridge
}

/** Names under which the preload script and the desktop host meet. */
export const ipcChannels = {
  call: 'switchboard:call',
  events: 'switchboard:events',
  hello: 'switchboard:hello',
  link: 'switchboard:link',
  desktopCall: 'switchboard:desktop-call',
  desktopEvent: 'switchboard:desktop-event',
} as const

/** What the desktop host answers to the preload script's hello. */
export type HelloReply =
  | {
      accepted: true
      /** What a call is to answer when the host itself does not, in the language of the hello. */
      lost: ContractError
      /** How the link to the engine is, where the engine is a server's. */
      link: LinkState
    }
  | { accepted: false; error: ContractError }
