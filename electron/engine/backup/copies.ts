/** Backups and archives, put together for the engine. */
import { AppError } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { Settings } from '#shared/contract/entries/system.ts'
import { Archives } from '../archive/archives.ts'
import type { Notices } from '../notices.ts'
import type { Store } from '../store/store.ts'
import type { EngineOptions } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import { freeBytesOf } from '../watch/watch.ts'
import { Backups } from './backups.ts'

interface CopiesOptions {
  readonly options: EngineOptions
  readonly store: Store
  readonly vault: Vault
  readonly notices: Notices
  settings(): Settings
  emit(events: ContractEvent[]): void
  damaged(error: AppError): void
}

export function keepCopies({ options, store, vault, notices, settings, emit, damaged }: CopiesOptions) {
  const { dataDir, version, log, freeBytes = freeBytesOf } = options
  const changed = (progress: number | null): void => emit([{ event: 'backups.changed', data: { progress } }])
  const backups = new Backups({
    ...{ dataDir, store, settings, freeBytes, changed, log },
    trouble: (error) => notices.settle('backup', error),
    damage: (problem) => damaged(new AppError('data-damaged', { problem })),
  })
  const archives = new Archives({ ...{ dataDir, version, store, vault, freeBytes, log }, changed: () => changed(null) })
  return { backups, archives, freeBytes }
}
