/** Pictures on disk, under hashed names, with a bound on what all of them take. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger, Media } from '../../types.ts'
import { pictureFacts } from '../facts.ts'

/** How long pictures stay, and what all of them together may take. */
export interface CacheLimits {
  /** Beyond, those that were not looked at for longest go. */
  bytes: number
  /** Those that nobody looked at for so long go, in milliseconds; 0: however long. */
  ageMs: number
}
const defaultLimits: CacheLimits = { bytes: 512 * 1024 * 1024, ageMs: 0 }

export interface PictureCache {
  /** The picture that is kept for a link of a connection; null when there is none. */
  get(scope: string, link: string): Promise<Media | null>
  put(scope: string, link: string, media: Media): Promise<void>
  /** Removes what is too old, or too much. */
  tidy(): Promise<void>
}

/**
 * A cache in a folder of its own.
 *
 * @param dir made when the first picture comes
 * @param limits asked each time
 */
export function pictureCache(dir: string, log: Logger, limits = () => defaultLimits): PictureCache {
  // One connection may allow an origin that another does not: what came for one is never given to another.
  const fileOf = (scope: string, link: string): string =>
    join(dir, createHash('sha256').update(`${scope}\n${link}`).digest('hex'))
  let total: number | null = null
  let pruning: Promise<void> | null = null

  const measure = async (): Promise<{ path: string; size: number; usedAt: number }[]> => {
    const names = await readdir(dir).catch(() => [])
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(dir, name)
        const found = await stat(path).catch(() => null)
        return found?.isFile() ? { path, size: found.size, usedAt: found.mtimeMs } : null
      }),
    )
    return files.filter((file) => file !== null)
  }

  /* To nine tenths, so that not every further picture has all of them looked through. */
  const prune = async (): Promise<void> => {
    const { bytes, ageMs } = limits()
    const files = await measure()
    total = files.reduce((sum, file) => sum + file.size, 0)
    const goal = total > bytes ? bytes * 0.9 : bytes
    const tooOld = ageMs > 0 ? Date.now() - ageMs : -Infinity
    for (const file of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= goal && file.usedAt >= tooOld) break
      await rm(file.path, { force: true })
      total -= file.size
    }
  }

  const tidy = async (): Promise<void> => {
    pruning ??= prune()
      .catch((error: unknown) => {
        log.warn({ err: error }, 'old pictures could not be removed')
      })
      .finally(() => (pruning = null))
    await pruning
  }

  return {
    async get(scope, link) {
      const file = fileOf(scope, link)
      const body = await readFile(file).catch(() => null)
      const facts = body && pictureFacts(body)
      if (!facts) return null
      const now = new Date()
      await utimes(file, now, now).catch(() => undefined)
      return { type: facts.type, body }
    },
    async put(scope, link, { body }) {
      const file = fileOf(scope, link)
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const draft = `${file}.${randomUUID()}`
      try {
        await writeFile(draft, body, { mode: 0o600 })
        await rename(draft, file)
      } catch (error) {
        // On a full disk what was begun of it would stay.
        await rm(draft, { force: true })
        throw error
      }
      if (total !== null) total += body.length
      if (total === null || total > limits().bytes) await tidy()
    },
    tidy,
  }
}
