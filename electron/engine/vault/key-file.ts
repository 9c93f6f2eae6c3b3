/**
 * Protects the master key by a key file beside the data, readable by its owner only. It keeps secrets out
 * of a copied database, not from someone who can read the whole folder: the README says so.
 */
import { randomBytes } from 'node:crypto'
import { chmod, constants, copyFile, link, open, readFile, rm, stat } from 'node:fs/promises'
import { AppError } from '#shared/contract/errors.ts'
import type { KeyProtector } from './protector.ts'
import { seal, unseal } from './sealed.ts'

/* "SBK", format version 1. */
const magic = Buffer.from('SBK\u0001', 'latin1')
const keyLength = 32

const errorCodeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

const locked = (problem: string, cause?: unknown): AppError => new AppError('vault-locked', { problem }, { cause })

/** Reads the key; undefined when there is no such file. */
async function readKey(path: string, onWarning: (message: string) => void): Promise<Buffer | undefined> {
  let text: string
  try {
    text = await readFile(path, 'latin1')
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
      onWarning(`${path} could be read by other users; now only its owner can`)
      await chmod(path, 0o600)
    }
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined
    throw locked(`${path}: ${errorCodeOf(error)}`, error)
  }
  const key = Buffer.from(text, 'base64')
  if (key.length !== keyLength || key.toString('base64') !== text.trim()) throw locked(`${path} is damaged`)
  return key
}

/** Makes the key file. Either it is there whole, or not at all; an existing one is never replaced. */
async function createKey(path: string): Promise<void> {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(unfinished, 'wx', 0o600)
    try {
      await file.writeFile(`${randomBytes(keyLength).toString('base64')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    // A link appears whole and replaces nothing; file systems without links get the next best.
    await link(unfinished, path)
      .catch((error: unknown) => {
        if (errorCodeOf(error) === 'EEXIST') return
        return copyFile(unfinished, path, constants.COPYFILE_EXCL)
      })
      .catch((error: unknown) => {
        if (errorCodeOf(error) !== 'EEXIST') throw error
      })
  } catch (error) {
    throw locked(`${path}: ${errorCodeOf(error)}`, error)
  } finally {
    await rm(unfinished, { force: true })
  }
}

/**
 * A protector by key file. The file is made when the first master key is wrapped; opening never makes one,
 * since a new key would not fit what is there.
 *
 * @param path of the key file, in a folder that exists when `wrap` is called
 * @param onWarning hears what the operator should know, in English, for the log
 */
export function keyFileProtector(path: string, onWarning: (message: string) => void): KeyProtector {
  return {
    kind: 'key-file',
    async wrap(masterKey) {
      let key = await readKey(path, onWarning)
      if (!key) {
        await createKey(path)
        key = await readKey(path, onWarning)
      }
      if (!key) throw locked(`${path} vanished`)
      return seal(key, magic, masterKey)
    },
    async unwrap(wrapped) {
      if (!wrapped.subarray(0, magic.length).equals(magic)) {
        throw locked('it was not closed with a key file; set SWITCHBOARD_PASSPHRASE if it was a passphrase')
      }
      const key = await readKey(path, onWarning)
      if (!key) throw locked(`${path} is missing`)
      const masterKey = unseal(key, magic.length, wrapped)
      if (!masterKey) throw locked(`${path} is another key, or the vault is damaged`)
      return masterKey
    },
  }
}
