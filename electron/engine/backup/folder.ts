/**
 * The folder of backups: one folder each, with the database, the vault's file, and a manifest. A backup that is
 * being made has another name until it is whole, so that a half one never counts.
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { backupReasons, type Backup } from '#shared/contract/entries/backups.ts'
import { databaseName } from '../store/database-files.ts'
import { backupsDir, manifestName, manifestSchema, manifestText, type Manifest } from './names.ts'

/** Where a backup's database lies. */
export const backupFile = (dataDir: string, name: string): string => join(backupsDir(dataDir), name, databaseName)

const namePattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(\w+)$/

const manifestPath = (dataDir: string, name: string): string => join(backupsDir(dataDir), name, manifestName)

export async function writeManifest(dataDir: string, name: string, manifest: Omit<Manifest, 'version'>): Promise<void> {
  const path = manifestPath(dataDir, name)
  await writeFile(`${path}.new`, manifestText(manifest), { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}

async function readManifest(dataDir: string, name: string): Promise<Manifest | null> {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(manifestPath(dataDir, name), 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** What a folder's name tells where its manifest is lost. */
function manifestOfName(name: string): Manifest | null {
  const [, year, month, day, hour, minute, second, ms, reason] = namePattern.exec(name) ?? []
  const known = z.enum(backupReasons).safeParse(reason)
  if (!known.success) return null
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
  return Number.isNaN(at) ? null : { version: 1, at, reason: known.data, schema: 0, state: 'unchecked' }
}

/** All backups that are whole, newest first. */
export async function listBackups(dataDir: string): Promise<Backup[]> {
  const names = await readdir(backupsDir(dataDir)).catch(() => [])
  const found = await Promise.all(
    names.map(async (name): Promise<Backup | null> => {
      if (!manifestOfName(name)) return null
      const size = await stat(backupFile(dataDir, name)).catch(() => null)
      const manifest = (await readManifest(dataDir, name)) ?? manifestOfName(name)
      if (!size || !manifest) return null
      const { at, reason, schema, state } = manifest
      return { name, at, reason, bytes: size.size, schema, state }
    }),
  )
  return found.filter((backup) => backup !== null).sort((a, b) => b.at - a.at)
}

/** Makes the folder in which a backup is written; it does not count before `finishBackup`. @returns its path */
export async function beginBackup(dataDir: string, name: string): Promise<string> {
  const folder = join(backupsDir(dataDir), `${name}.partial`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Adds the vault's file, without which the keys in the database cannot be opened, and gives the folder its name. */
export async function finishBackup(dataDir: string, name: string): Promise<void> {
  const partial = join(backupsDir(dataDir), `${name}.partial`)
  await copyFile(join(dataDir, 'vault.json'), join(partial, 'vault.json')).catch(() => undefined)
  await rename(partial, join(backupsDir(dataDir), name))
}

export const removeBackup = (dataDir: string, name: string): Promise<void> =>
  rm(join(backupsDir(dataDir), name), { recursive: true, force: true })

/** Removes what an interrupted backup left. */
export async function removePartial(dataDir: string): Promise<void> {
  const names = await readdir(backupsDir(dataDir)).catch(() => [])
  for (const name of names) if (name.endsWith('.partial')) await removeBackup(dataDir, name)
}
