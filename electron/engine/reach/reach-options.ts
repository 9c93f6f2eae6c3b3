/** What the ways in are made with, and how one is chosen. */
import type { Reach as ReachItem, ReachSettings } from '#shared/contract/entries/reach.ts'
import type { ReachSecret } from '#shared/contract/reach-secrets.ts'
import type { Door } from '../callbacks/entrance.ts'
import type { Notices } from '../notices.ts'
import type { Connections } from '../platform/connections.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import type { Ways } from '../watch/ways.ts'
import type { Pauses } from './keeper.ts'
import type { AskOutside } from './outside.ts'
import type { MakeWay } from './way.ts'

/** What a caller gives to choose a way. */
export interface ReachChoice {
  readonly settings: ReachSettings
  /** Text is kept, null forgets, what is left out stays. */
  readonly secrets: Partial<Record<ReachSecret, string | null | undefined>>
}

export interface ReachOptions {
  readonly store: Store
  readonly vault: Vault
  readonly connections: Connections
  readonly notices: Notices
  readonly ways: Pick<Ways, 'up' | 'down'>
  /** Where the listener takes requests in the clear; null while it does not listen. */
  door(): Door | null
  /** A connection's callback URL as it is now. */
  callbackUrl(connectionId: number): string
  /** When a connection's last callback came since the start. */
  lastCallbackAt(connectionId: number): number | undefined
  /** The way of a connection changed, and perhaps (`moved`) its callback URL. */
  changed(item: ReachItem, moved: boolean): void
  readonly log: Logger
  readonly makeWay: MakeWay
  /** Has somebody outside look at a public address of ours. */
  readonly outside: AskOutside
  readonly pauses?: Pauses
}
