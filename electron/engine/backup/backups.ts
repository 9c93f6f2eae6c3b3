/**
 * Backups: made each day and on request while everything goes on, read through at once, the oldest of those made by
 * themselves removed; and the way back to one of them.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Backup, BackupReason } from '#shared/contract/entries/backups.ts'
import type { EntryResult } from '#shared/contract/index.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Settings } from '#shared/contract/entries/system.ts'
import { databaseName } from '../store/database-files.ts'
import { requestRecovery } from '../store/recovery.ts'
import { requireRoom } from '../store/room.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import {
  backupFile,
  beginBackup,
  finishBackup,
  listBackups,
  removeBackup,
  removePartial,
  writeManifest,
} from './folder.ts'
import { backupNameOf, backupsDir } from './names.ts'

const dayMs = 24 * 60 * 60_000
/** How often it is looked whether a backup is due, in milliseconds: the clock may be set, the machine may sleep. */
const lookMs = 10 * 60_000
/** The first look after a start, in milliseconds: not while everything is being opened. */
const firstLookMs = 60_000

/** Those that come by themselves, and so go by themselves. */
const automatic: readonly BackupReason[] = ['daily', 'migration']

export interface BackupsOptions {
  readonly dataDir: string
  readonly store: Store
  settings(): Settings
  /** Free bytes on the disk of a folder, null where nobody can tell. */
  freeBytes(path: string): Promise<number | null>
  /** Told when the list changed, and how much of one is made (null: none is under way). */
  changed(progress: number | null): void
  /** Told when a backup by itself failed (with why), and when one was made after that (null). */
  trouble(error: unknown): void
  /**
   * Told what is wrong with the present data. That nothing was found is told nobody: what another came upon is not
   * undone by a look that did not.
   */
  damage(problem: string): void
  readonly log: Logger
}

/** What making a backup came to. */
interface Made {
  name: string
  path: string
  bytes: number
  durationMs: number
}

/** A backup of that name. @throws AppError not-found */
export async function requireBackup(dataDir: string, name: string): Promise<Backup> {
  const backup = (await listBackups(dataDir)).find((one) => one.name === name)
  if (!backup) throw new AppError('not-found', { what: 'backup' })
  return backup
}

/** Notes for the next start that a backup is to take the place of the data. */
export function askForRestore(dataDir: string, name: string): void {
  const keepIn = join(backupsDir(dataDir), backupNameOf(Date.now(), 'restore'))
  requestRecovery(dataDir, { kind: 'restore', from: join(backupsDir(dataDir), name), keepIn })
}

/** Notes for the next start that what can be read of the damaged data is to take its place. */
export function askForSalvage(dataDir: string): void {
  requestRecovery(dataDir, { kind: 'salvage', keepIn: join(backupsDir(dataDir), backupNameOf(Date.now(), 'salvage')) })
}

export class Backups {
  readonly #options: BackupsOptions
  #timer: NodeJS.Timeout | null = null
  #making: Promise<Made> | null = null
  #stopped = false
  /** What an interrupted backup left is gone. */
  #tidied: Promise<void> = Promise.resolve()
  /** Whether the present data was read through since the start. */
  #read = false

  constructor(options: BackupsOptions) {
    this.#options = options
  }

  start(): void {
    // Once, before anything is made: later it could be a backup under way.
    this.#tidied = removePartial(this.#options.dataDir).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'what an interrupted backup left cannot be removed')
    })
    this.#later(firstLookMs)
  }

  #later(ms: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#look()
        .catch((error: unknown) => {
          this.#options.log.error({ err: error }, 'the backup by itself failed')
          this.#options.trouble(error)
        })
        .finally(() => this.#later(lookMs))
    }, ms)
    this.#timer.unref()
  }

  /** Makes the day's backup if it is due; reads the data through, once a start. */
  async #look(): Promise<void> {
    const { dataDir, store, settings } = this.#options
    if (!this.#read) {
      const problem = await store.read('database.check')
      this.#read = true
      if (problem !== null) this.#options.damage(problem)
    }
    const now = Date.now()
    const newest = (await listBackups(dataDir)).find(({ reason, state }) => reason === 'daily' && state !== 'damaged')
    // One from the future was made before the clock was set back: it says nothing about today.
    const isDue = !newest || newest.at > now || now - newest.at >= dayMs
    if (!settings().backupDaily || !isDue || this.#making) return
    await this.make('daily')
    this.#options.trouble(null)
  }

  /**
   * Makes a backup, reads it through, and removes what is more than is to be kept.
   *
   * @throws AppError not-allowed-now when one is under way; backup-no-room, backup-damaged, disk-full, storage-failed
   */
  async make(reason: 'manual' | 'daily'): Promise<Made> {
    if (this.#making || this.#stopped) throw new AppError('not-allowed-now', { state: 'backup' })
    this.#making = this.#make(reason)
    try {
      return await this.#making
    } finally {
      this.#making = null
      this.#options.changed(null)
    }
  }

  async #make(reason: 'manual' | 'daily'): Promise<Made> {
    const { dataDir, store, log } = this.#options
    const at = Date.now()
    const begun = performance.now()
    const name = backupNameOf(at, reason)
    await this.#tidied
    requireRoom(dataDir, await this.#options.freeBytes(dataDir))
    const folder = await beginBackup(dataDir, name)
    try {
      this.#options.changed(0)
      await store.backup(join(folder, databaseName))
      const { damage, schema } = await store.read('backups.check', {
        file: join(folder, databaseName),
        isNew: true,
      })
      await finishBackup(dataDir, name)
      await writeManifest(dataDir, name, {
        at,
        reason,
        schema,
        state: damage === null ? 'good' : 'damaged',
      })
      if (damage !== null) throw new AppError('backup-damaged', { problem: damage })
    } catch (error) {
      await removePartial(dataDir)
      throw error
    }
    await this.#prune()
    const { size: bytes } = await stat(backupFile(dataDir, name))
    const durationMs = Math.round(performance.now() - begun)
    log.info({ name, bytes, durationMs }, 'a backup was made')
    return { name, path: backupFile(dataDir, name), bytes, durationMs }
  }

  /** Removes the oldest of those that came by themselves. */
  async #prune(): Promise<void> {
    const { dataDir, settings } = this.#options
    const all = await listBackups(dataDir)
    const surplus = all.filter(({ reason }) => automatic.includes(reason)).slice(settings().backupKeep)
    for (const { name } of surplus) await removeBackup(dataDir, name)
  }

  list(): Promise<Backup[]> {
    return listBackups(this.#options.dataDir)
  }

  /** Reads a backup through and notes what was found. @throws AppError not-found */
  async check(name: string): Promise<EntryResult<'backups.check'>> {
    const { dataDir, store } = this.#options
    const { at, reason, state: before } = await requireBackup(dataDir, name)
    const { schema, ...checked } = await store.read('backups.check', { file: backupFile(dataDir, name), isNew: false })
    const state = checked.damage === null ? 'good' : 'damaged'
    await writeManifest(dataDir, name, { at, reason, schema, state })
    if (state !== before) this.#options.changed(null)
    return checked
  }

  /** @throws AppError not-found */
  async remove(name: string): Promise<void> {
    await requireBackup(this.#options.dataDir, name)
    await removeBackup(this.#options.dataDir, name)
    this.#options.changed(null)
  }

  /** Ends what goes on by itself; a backup under way is waited for no longer than its next step. */
  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }
}
