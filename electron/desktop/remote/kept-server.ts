/**
 * The server that this computer is a window on: address, authority and token in one file of the profile, sealed by what
 * seals the vault. They lie together, so that nobody who can write a file makes the token go to another address.
 */
import { X509Certificate } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { serverChoiceSchema, type ServerChoice } from '#shared/contract/desktop.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { KeyProtector } from '#engine/vault/protector.ts'

export interface KeptServer {
  /** @returns null when there is none @throws AppError vault-locked when it cannot be opened */
  read(): Promise<ServerChoice | null>
  /** Replaces it, whole or not at all. */
  write(server: ServerChoice): Promise<void>
  forget(): Promise<void>
}

export const keptServerPath = (profileDir: string): string => join(profileDir, 'server.sealed')

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** @param protector what seals the vault on this machine */
export function keptServer(profileDir: string, protector: KeyProtector): KeptServer {
  const path = keptServerPath(profileDir)
  return {
    async read() {
      let sealed: Buffer
      try {
        sealed = await readFile(path)
      } catch (error) {
        if (isAbsent(error)) return null
        throw new AppError('vault-locked', { problem: `${path}: ${String(error)}` }, { cause: error })
      }
      const text = (await protector.unwrap(sealed)).toString('utf8')
      try {
        return serverChoiceSchema.parse(JSON.parse(text))
      } catch (error) {
        // Without the cause: it could quote what it read.
        throw new AppError('vault-locked', { problem: `${path} is damaged` }, { cause: (error as Error).name })
      }
    },
    async write(server) {
      const sealed = await protector.wrap(Buffer.from(JSON.stringify(server)))
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const unfinished = `${path}.new`
      await rm(unfinished, { force: true })
      const file = await open(unfinished, 'wx', 0o600)
      try {
        await file.writeFile(sealed)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(unfinished, path)
    },
    forget: () => rm(path, { force: true }),
  }
}

/**
 * What is to be tried or kept: the address as an origin, the authority looked at, and an empty token filled by the kept
 * one, which only ever goes to the address that it was given for, vouched for by the authority that was given with it.
 *
 * @throws AppError server-authority, server-token-missing
 */
export function completeChoice(choice: ServerChoice, kept: ServerChoice | null): ServerChoice {
  const address = new URL(choice.address).origin
  const authority = choice.authority.trim()
  if (authority !== '') {
    try {
      new X509Certificate(authority)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      throw new AppError('server-authority', { problem }, { cause: error })
    }
  }
  const isKept = kept?.address === address && kept.authority === authority
  const token = choice.token || (isKept ? kept.token : '')
  if (token === '') throw new AppError('server-token-missing', { server: address })
  return { address, authority, token }
}
