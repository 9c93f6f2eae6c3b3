/**
 * What is served while the data cannot be used: what is wrong, the backups, and the ways back. Everything else is
 * refused with the reason; no callback is taken, so the platform goes on keeping them.
 */
import { contract, type Answer, type EntryName } from '#shared/contract/index.ts'
import { AppError, describeFailure, type Failure } from '#shared/contract/errors.ts'
import { settingsSchema, type SystemInfo } from '#shared/contract/entries/system.ts'
import { parseInput } from '../handlers/border.ts'
import type { ReportFile } from '../report.ts'
import { checkFile } from '../store/backup-check.ts'
import type { Caller } from '../types.ts'
import { askForRestore, askForSalvage, requireBackup } from './backups.ts'
import { backupFile, listBackups } from './folder.ts'

export interface RescueOptions {
  readonly dataDir: string
  /** Why the data cannot be used. */
  readonly failure: Failure
  info(): SystemInfo
  report(): Promise<ReportFile[]>
  /** Starts the engine anew, soon. */
  restart(): void
}

type Serve = (input: never, options: RescueOptions) => Promise<unknown>

const served: Partial<Record<EntryName, Serve>> = {
  'system.info': async (_input, { info }) => info(),

  // The passphrase lies in the data: nobody could open a seat, and nothing that it guards can be seen. Whoever asks, as
  // a window on this server does before anything else, shall come to the ways back.
  'lock.get': () => {
    const { language, theme, density } = settingsSchema.parse({})
    return Promise.resolve({
      ...{ isSet: false, isLocked: false, touchId: false, waitMs: 0 },
      look: { language, theme, density },
    })
  },

  'system.report': async (_input, { report }) => ({ files: await report() }),

  'backups.list': async (_input, { dataDir }) => ({ items: await listBackups(dataDir), nextCursor: null }),

  // Nobody waits for anything else meanwhile, so it is read through here.
  'backups.check': async ({ name }: { name: string }, { dataDir }) => {
    await requireBackup(dataDir, name)
    const { damage, holdings } = checkFile(backupFile(dataDir, name))
    return { damage, holdings, lost: null }
  },

  'backups.restore': async ({ name }: { name: string }, { dataDir, restart }) => {
    await requireBackup(dataDir, name)
    const { damage } = checkFile(backupFile(dataDir, name))
    if (damage !== null) throw new AppError('backup-damaged', { problem: damage })
    askForRestore(dataDir, name)
    restart()
    return {}
  },

  'system.salvage': async (_input, { dataDir, restart }) => {
    askForSalvage(dataDir)
    restart()
    return {}
  },
}

/** Answers a call as far as that is possible. Never rejects. */
export async function answerInRescue(
  name: string,
  input: unknown,
  options: RescueOptions,
  { locale }: Caller,
): Promise<Answer<unknown>> {
  const serve = Object.hasOwn(contract, name) ? served[name as EntryName] : undefined
  if (!serve) return { ok: false, error: describeFailure(options.failure, locale) }
  try {
    return { ok: true, result: await serve(parseInput(name as EntryName, input) as never, options) }
  } catch (error) {
    return {
      ok: false,
      error: describeFailure(error instanceof AppError ? error.failure : { code: 'internal' }, locale),
    }
  }
}
