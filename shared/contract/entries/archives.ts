/** Everything in one encrypted file, to be taken to another machine; and the way back in. */
import { z } from 'zod'
import { done, page, time } from '../common.ts'
import { entry } from '../define.ts'
import { backupName } from './backups.ts'

/** The name of an archive's file. Nothing else may stand for a path. */
const archiveName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.switchboard$/, 'must be the name of an archive, ending in .switchboard')

/** What seals an archive: all that protects keys and customers once the file is out of the house. */
const archivePassphrase = z.string().min(10, 'must have at least 10 characters').max(1000)

/** Most bytes of one piece, before base64. */
export const archivePieceBytes = 384 * 1024

export const archiveSchema = z.object({
  name: archiveName,
  /** Where it lies on the machine that runs the engine. */
  path: z.string(),
  bytes: z.int(),
  at: time,
})
export type Archive = z.output<typeof archiveSchema>

export const archiveEntries = {
  'archives.export': entry(
    'Writes everything (database, private keys, remembered passwords) into one file that only the passphrase opens.',
    z.object({ passphrase: archivePassphrase }),
    archiveSchema,
    ['not-allowed-now', 'backup-no-room', 'backup-damaged'],
  ),
  'archives.list': entry('Archives that lie in the data folder, newest first.', z.object({}), page(archiveSchema)),
  'archives.read': entry(
    'A piece of an archive’s file, to be saved elsewhere.',
    z.object({ name: archiveName, offset: z.int().min(0) }),
    z.object({ data: z.base64(), nextOffset: z.int().nullable() }),
    ['not-found'],
  ),
  'archives.write': entry(
    'Adds a piece to an archive’s file that comes from elsewhere; `offset` 0 begins it, each further piece follows the one before.',
    z.object({ name: archiveName, offset: z.int().min(0), data: z.base64().max(archivePieceBytes * 2) }),
    z.object({ bytes: z.int() }),
    ['not-allowed-now', 'backup-no-room'],
  ),
  'archives.import': entry(
    'Opens an archive and adds what is in it to the backups, with its keys sealed anew by this machine’s vault; restoring that backup makes it the present data.',
    z.object({ name: archiveName, passphrase: z.string().min(1).max(1000) }),
    z.object({ backup: backupName }),
    ['not-found', 'not-allowed-now', 'archive-unreadable', 'data-newer', 'backup-no-room', 'backup-damaged'],
  ),
  'archives.remove': entry('Removes an archive’s file.', z.object({ name: archiveName }), done, ['not-found']),
}
