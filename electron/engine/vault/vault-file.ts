/** `vault.json`: the wrapped master key, and what wrapped it. It is replaced whole or not at all. */
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { protectorKinds, type KeyProtector } from './protector.ts'

const fileSchema = z.object({
  version: z.literal(1),
  protector: z.enum(protectorKinds),
  wrappedKey: z.base64(),
})

export interface VaultFile {
  readonly protector: KeyProtector['kind']
  readonly wrappedKey: Buffer
}

/** The steps of writing; a test lets one of them fail. */
export interface FileSteps {
  write(path: string, text: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Makes the folder's own change durable. */
  syncFolder(folder: string): Promise<void>
  remove(path: string): Promise<void>
}

export const fileSteps: FileSteps = {
  write: (path, text) => writeFile(path, text, { mode: 0o600, flush: true }),
  rename,
  async syncFolder(folder) {
    // Windows has no such thing; what counts there is the rename.
    if (process.platform === 'win32') return
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  remove: (path) => rm(path, { force: true }),
}

export const vaultPath = (dataDir: string): string => join(dataDir, 'vault.json')

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** @returns null when there is none yet @throws AppError vault-locked when it is damaged */
export async function readVaultFile(path: string): Promise<VaultFile | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const file = fileSchema.safeParse(jsonOrNull(text))
  if (!file.success) throw new AppError('vault-locked', { problem: `${path} is damaged` })
  return { protector: file.data.protector, wrappedKey: Buffer.from(file.data.wrappedKey, 'base64') }
}

const trouble = (error: unknown): AppError => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('disk-full', undefined, { cause: error })
  return new AppError('storage-failed', { problem: code }, { cause: error })
}

/**
 * Writes it: beside the old one first, and on the disk, then in its place. Half a vault would lock every secret
 * away for good.
 *
 * @throws AppError disk-full, storage-failed; the old one is then as it was
 */
export async function writeVaultFile(path: string, file: VaultFile, steps: FileSteps): Promise<void> {
  const content: z.input<typeof fileSchema> = {
    version: 1,
    protector: file.protector,
    wrappedKey: file.wrappedKey.toString('base64'),
  }
  try {
    await steps.write(`${path}.new`, JSON.stringify(content, null, 2))
    await steps.rename(`${path}.new`, path)
  } catch (error) {
    await steps.remove(`${path}.new`).catch(() => undefined)
    throw trouble(error)
  }
  // Renamed is renamed: a folder that cannot be flushed may give the old file back after a power cut, which opens too.
  await steps.syncFolder(dirname(path)).catch(() => undefined)
}
