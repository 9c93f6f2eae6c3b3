/**
 * Archives: everything in one encrypted file, for another machine. The secrets go in as they are, since the vault that
 * sealed them stays behind; the archive's own seal protects them on the way. Coming in they are sealed at once with the
 * vault that is here, and all of it becomes a backup: what a restore would lose is then told as ever.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { archivePieceBytes, type Archive } from '#shared/contract/entries/archives.ts'
import { AppError } from '#shared/contract/errors.ts'
import { beginBackup, finishBackup, removeBackup, removePartial, writeManifest } from '../backup/folder.ts'
import { backupNameOf } from '../backup/names.ts'
import { databaseName } from '../store/database-files.ts'
import { databaseBytes, requireRoom } from '../store/room.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import { readContent, writeContent } from './content.ts'
import { openStream, sealStream } from './sealed-stream.ts'

export interface ArchivesOptions {
  readonly dataDir: string
  readonly version: string
  readonly store: Store
  readonly vault: Vault
  freeBytes(path: string): Promise<number | null>
  /** Told when the list of backups changed. */
  changed(): void
  readonly log: Logger
  /** Cost of the key from the passphrase, as a binary logarithm; tests lower it. */
  readonly logN?: number
}

const ending = '.switchboard'

export class Archives {
  readonly #options: ArchivesOptions
  #busy = false

  constructor(options: ArchivesOptions) {
    this.#options = options
  }

  get #folder(): string {
    return join(this.#options.dataDir, 'archives')
  }

  /** One at a time: each takes the disk and the processor. @throws AppError not-allowed-now */
  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#busy) throw new AppError('not-allowed-now', { state: 'archive' })
    this.#busy = true
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      return await work()
    } finally {
      this.#busy = false
    }
  }

  async #describe(name: string): Promise<Archive> {
    const path = join(this.#folder, name)
    const found = await stat(path).catch(() => null)
    if (!found?.isFile()) throw new AppError('not-found', { what: 'archive' })
    return { name, path, bytes: found.size, at: Math.round(found.mtimeMs) }
  }

  async list(): Promise<Archive[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const found = await Promise.all(names.filter((name) => name.endsWith(ending)).map((name) => this.#describe(name)))
    return found.sort((a, b) => b.at - a.at)
  }

  /** @throws AppError not-allowed-now, backup-no-room, backup-damaged, disk-full, storage-failed */
  export(passphrase: string): Promise<Archive> {
    return this.#alone(async () => {
      const { dataDir, version, store, freeBytes, log, logN } = this.#options
      const free = await freeBytes(dataDir)
      // The copy, and the archive beside it.
      requireRoom(dataDir, free === null ? null : free - databaseBytes(dataDir))
      const at = Date.now()
      const name = `switchboard-${new Date(at).toISOString().replace(/[-:.]/g, '')}${ending}`
      const copy = join(this.#folder, `${name}.database`)
      const draft = join(this.#folder, `${name}.new`)
      try {
        await store.backup(copy)
        const { damage, schema } = await store.read('backups.check', { file: copy, isNew: true })
        if (damage !== null) throw new AppError('backup-damaged', { problem: damage })
        const { size: bytes } = await stat(copy)
        const manifest = {
          version: 1,
          at,
          application: version,
          schema,
          bytes,
          secrets: await this.#secrets(),
        } as const
        await pipeline(
          sealStream(writeContent(manifest, copy), passphrase, logN),
          createWriteStream(draft, { mode: 0o600, flush: true }),
        )
        await rename(draft, join(this.#folder, name))
      } finally {
        for (const left of [copy, `${copy}-wal`, `${copy}-shm`, draft]) await rm(left, { force: true })
      }
      const made = await this.#describe(name)
      log.info({ name, bytes: made.bytes, durationMs: Date.now() - at }, 'everything was exported')
      return made
    })
  }

  /** What the vault holds, by name. */
  async #secrets(): Promise<Record<string, string>> {
    const { store, vault } = this.#options
    const secrets: Record<string, string> = {}
    for (const name of await store.read('secrets.names')) {
      const secret = await vault.get(name)
      if (secret !== null) secrets[name] = secret
    }
    return secrets
  }

  /**
   * Adds what an archive holds to the backups.
   *
   * @returns the backup's name
   * @throws AppError not-found, not-allowed-now, archive-unreadable, data-newer, backup-no-room, backup-damaged
   */
  import(name: string, passphrase: string): Promise<string> {
    return this.#alone(async () => {
      const { dataDir, store, vault, freeBytes, log } = this.#options
      const archive = await this.#describe(name)
      const free = await freeBytes(dataDir)
      requireRoom(dataDir, free, archive.bytes)
      const backup = backupNameOf(Date.now(), 'import')
      const folder = await beginBackup(dataDir, backup)
      try {
        const file = join(folder, databaseName)
        const { at, secrets } = await readContent(openStream(createReadStream(archive.path), passphrase), file)
        const sealed = Object.entries(secrets).map(([name, secret]) => ({ name, sealed: vault.sealed(name, secret) }))
        const { damage, schema } = await store.read('archives.adopt', { file, secrets: sealed })
        if (damage !== null) throw new AppError('backup-damaged', { problem: damage })
        await finishBackup(dataDir, backup)
        await writeManifest(dataDir, backup, { at, reason: 'import', schema, state: 'good' })
      } catch (error) {
        await removePartial(dataDir)
        await removeBackup(dataDir, backup)
        throw error
      }
      log.info({ name, backup }, 'an archive was imported')
      this.#options.changed()
      return backup
    })
  }

  /** @throws AppError not-found */
  async read(name: string, offset: number): Promise<{ data: string; nextOffset: number | null }> {
    const { path, bytes } = await this.#describe(name)
    const handle = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(archivePieceBytes), 0, archivePieceBytes, offset)
      const next = offset + bytesRead
      return { data: buffer.toString('base64', 0, bytesRead), nextOffset: next < bytes ? next : null }
    } finally {
      await handle.close()
    }
  }

  /** @throws AppError not-allowed-now when the piece does not follow what is there; backup-no-room */
  write(name: string, offset: number, data: Buffer): Promise<{ bytes: number }> {
    return this.#alone(async () => {
      requireRoom(this.#options.dataDir, await this.#options.freeBytes(this.#options.dataDir), data.length)
      const path = join(this.#folder, name)
      const present = (await stat(path).catch(() => null))?.size ?? 0
      if (offset !== 0 && offset !== present) throw new AppError('not-allowed-now', { state: 'archive' })
      const handle = await open(path, offset === 0 ? 'w' : 'a', 0o600)
      try {
        await handle.writeFile(data)
      } finally {
        await handle.close()
      }
      return { bytes: offset + data.length }
    })
  }

  /** @throws AppError not-found */
  async remove(name: string): Promise<void> {
    await rm((await this.#describe(name)).path, { force: true })
  }
}
