/** What a way in is: something that makes this machine's listener reachable at a public address. */
import type { ReachSettings, WayName } from '#shared/contract/entries/reach.ts'
import type { AppError } from '#shared/contract/errors.ts'
import type { ReachSecret, SecretOf } from '#shared/contract/reach-secrets.ts'
import type { Door } from '../callbacks/entrance.ts'
import type { LeavingRecord } from '../store/leavings.ts'
import type { Logger } from '../types.ts'

/** A way that leads here now. */
export interface OpenWay {
  /** What stands before `/callback/…`, without a slash at the end. */
  readonly publicUrl: string
  /** Resolves with the reason when it no longer leads here by itself. Never rejects. */
  readonly ended: Promise<AppError>
  /** Takes it down; also after it ended. Never rejects. */
  close(): Promise<void>
}

/** A way as it was chosen. It is opened again after each end, with pauses that are not its concern. */
export interface Way {
  /**
   * Opens it once.
   *
   * @param signal aborted when it is no longer wanted: whatever was begun is then taken down
   * @throws AppError that says why it does not open; `isFinal` says which of them are not tried again
   */
  open(signal: AbortSignal): Promise<OpenWay>
  /**
   * Leaves the place where it kept something for this host, since another is chosen: fetches what waits there and takes
   * back what others were told. Resolves when nothing is left to do; done again, from the beginning, until it is. Absent
   * where a way keeps nothing elsewhere ({@link placeOf}).
   *
   * @throws AppError why it cannot be done now
   */
  leave?(record: LeavingRecord, leave: Omit<Leave, 'secret'>): Promise<void>
}

/** What leaving works with. */
export interface Leave {
  /** Aborted when it is no longer wanted now. */
  readonly signal: AbortSignal
  /** A secret as it was when the place was left; null where none was kept. */
  secret(name: ReachSecret): Promise<string | null>
  /** Told how much is not fetched yet. */
  waiting(count: number): void
}

/** What a way works with. */
export interface WayTools<Name extends WayName = WayName> {
  /** Where the listener takes requests in the clear, on this machine. @throws AppError reach-lost while it does not */
  door(): Door
  /** One of the way's secrets from the vault; null where none is kept. */
  secret(name: SecretOf<Name>): Promise<string | null>
  /** The SSH server's host key, as pinned for a server (`host:port`). */
  pinnedKey(server: string): string | null
  pin(server: string, fingerprint: string): Promise<void>
  readonly log: Logger
}

export type MakeWay = (settings: Exclude<ReachSettings, { way: 'off' }>, tools: WayTools, connectionId: number) => Way

/** Never ends: for ways that nothing here can see break. */
export const endless = new Promise<AppError>(() => undefined)
