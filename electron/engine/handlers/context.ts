/** What the handlers of the contract's entries work with. */
import type { EntryName, EntryParsed, EntryResult } from '#shared/contract/index.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { ListenerSettings, Settings, SystemInfo } from '#shared/contract/entries/system.ts'
import type { Archives } from '../archive/archives.ts'
import type { Backups } from '../backup/backups.ts'
import type { AppLock } from '../lock/lock.ts'
import type { PictureHouse } from '../pictures/house.ts'
import type { Connections } from '../platform/connections.ts'
import type { Transport } from '../platform/transport.ts'
import type { Reach } from '../reach/reach.ts'
import type { RelayHouse } from '../reach/relay/house.ts'
import type { ReportFile } from '../report.ts'
import type { Store } from '../store/store.ts'
import type { Caller } from '../types.ts'
import type { VaultGuard } from '../vault/vault-guard.ts'
import type { Vault } from '../vault/vault.ts'
import type { WatchHouse } from '../watch/house.ts'

export interface EngineContext {
  readonly store: Store
  readonly vault: Vault
  readonly vaultGuard: VaultGuard
  readonly watch: WatchHouse
  readonly lock: AppLock
  readonly backups: Backups
  readonly archives: Archives
  readonly pictures: PictureHouse
  readonly dataDir: string
  /** Free bytes on the disk of a folder, null where nobody can tell. */
  freeBytes(path: string): Promise<number | null>
  /** Starts the engine anew, soon: the answer of the entry that asks goes out first. */
  restart(): void
  readonly connections: Connections
  readonly transport: Transport
  /** Passwords of log-ins that wait in the outbox, by operation. */
  readonly passwords: Map<number, string>
  /** Reads the connections afresh and tells the listener whose callbacks to take. */
  connectionsChanged(): Promise<void>
  /** @param connectionId whose way leads there; null: the address on this machine */
  callbackUrl(secret: string, connectionId: number | null): string
  readonly reach: Reach
  readonly relay: RelayHouse
  /** Sees whether callbacks could come in there. @throws AppError tls-unusable, port-in-use, listener-failed */
  checkListener(wanted: ListenerSettings): Promise<void>
  emit(events: ContractEvent[]): void
  info(): SystemInfo
  /** Collects what helps to find a fault. */
  report(settings: Settings): Promise<ReportFile[]>
  settingsChanged(settings: Settings): Promise<void>
  /** A conversation is to come back at another time than before. */
  followUpsChanged(): void
  /** A message is to be sent at another time than before. */
  scheduledChanged(): void
  readonly sandbox: {
    /** @returns the sandbox's connection */
    start(): Promise<number>
    stop(): Promise<void>
    /** Registers the connection's callback URL, and a public key, at the sandbox, where it runs. */
    tell(publicKeyPem: string): Promise<void>
  }
}

type Handler<Name extends EntryName> = (
  input: EntryParsed<Name>,
  context: EngineContext,
  caller: Caller,
) => Promise<EntryResult<Name>>

/** One handler an entry; what is missing does not compile. */
export type Handlers<Names extends EntryName = EntryName> = { readonly [Name in Names]: Handler<Name> }

/** The names of the entries that begin with one of the given words. */
export type EntriesOf<Word extends string> = Extract<EntryName, `${Word}.${string}`>

/** An id of the contract as the store has it. */
export const key = (id: string): number => Number(id)
export const keyOrUndefined = (id: string | undefined): number | undefined =>
  id === undefined ? undefined : Number(id)

/** @throws AppError not-found when there is nothing */
export function required<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new AppError('not-found', { what })
  return value
}
