/**
 * What an operator asked for before the engine was started anew: a backup in the place of the data, or a new database
 * out of what can be read of a damaged one. Done by the writer before it opens anything. Each step may be interrupted
 * and is then done again; the request is taken away last, and what stood there before is kept among the backups.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { manifestName, manifestText } from '../backup/names.ts'
import { databaseFiles, databaseName } from './database-files.ts'
import { salvage } from './salvage.ts'

const requestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('restore'), from: z.string(), keepIn: z.string() }),
  z.object({ kind: z.literal('salvage'), keepIn: z.string() }),
])
/** Folders are absolute. */
export type RecoveryRequest = z.output<typeof requestSchema>

const requestPath = (dataDir: string): string => join(dataDir, 'recovery.json')

/** Notes for the next start what is to be done. */
export function requestRecovery(dataDir: string, request: RecoveryRequest): void {
  writeFileSync(`${requestPath(dataDir)}.new`, JSON.stringify(request), { mode: 0o600, flush: true })
  renameSync(`${requestPath(dataDir)}.new`, requestPath(dataDir))
}

/** Takes a request back that could not be carried out. */
export const forgetRecovery = (dataDir: string): void => rmSync(requestPath(dataDir), { force: true })

function readRequest(dataDir: string): RecoveryRequest | null {
  try {
    return requestSchema.parse(JSON.parse(readFileSync(requestPath(dataDir), 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new AppError('data-folder', { path: requestPath(dataDir), problem: 'is damaged' }, { cause: error })
  }
}

/** Copies so that the copy appears whole, and only once it is on the disk. */
function copyWhole(from: string, to: string): void {
  copyFileSync(from, `${to}.new`)
  const descriptor = openSync(`${to}.new`, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(`${to}.new`, to)
}

/** Moves the present files aside; those that are there already were moved by a try that was interrupted. */
function moveAside(dataDir: string, keepIn: string, kind: RecoveryRequest['kind']): void {
  mkdirSync(keepIn, { recursive: true, mode: 0o700 })
  if (!existsSync(join(keepIn, databaseName))) {
    // The file itself goes last: while it has not gone, what belongs to it may still have to.
    for (const name of [...databaseFiles].reverse()) {
      if (existsSync(join(dataDir, name))) renameSync(join(dataDir, name), join(keepIn, name))
    }
  }
  const vault = join(dataDir, 'vault.json')
  if (existsSync(vault) && !existsSync(join(keepIn, 'vault.json'))) copyFileSync(vault, join(keepIn, 'vault.json'))
  const manifest = manifestText({ at: Date.now(), reason: kind, schema: 0, state: 'kept' })
  writeFileSync(join(keepIn, manifestName), manifest, { mode: 0o600 })
}

/**
 * Carries out what was asked for, if anything was.
 *
 * @returns whether the data is now other than it was when the engine last ran: then nobody knows what of its outbox
 *   went out meanwhile
 * @throws AppError data-damaged when nothing can be read out of the damaged file
 */
export function recover(dataDir: string): boolean {
  const request = readRequest(dataDir)
  if (!request) return false
  moveAside(dataDir, request.keepIn, request.kind)
  const file = join(dataDir, databaseName)
  for (const name of databaseFiles) rmSync(join(dataDir, name), { force: true })
  if (request.kind === 'restore') {
    // What was kept before a restore may still have its log beside it.
    const log = `${databaseName}-wal`
    if (existsSync(join(request.from, log))) copyWhole(join(request.from, log), join(dataDir, log))
    // The master key is that of the folder, for good; what protects it may have changed since. So the present file stays.
    const vault = join(request.from, 'vault.json')
    if (existsSync(vault) && !existsSync(join(dataDir, 'vault.json'))) copyWhole(vault, join(dataDir, 'vault.json'))
    copyWhole(join(request.from, databaseName), file)
  } else {
    salvage(join(request.keepIn, databaseName), `${file}.new`)
    renameSync(`${file}.new`, file)
  }
  forgetRecovery(dataDir)
  return true
}
