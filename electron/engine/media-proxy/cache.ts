/** Pictures on disk, under hashed names, with a bound on what all of them take. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger, Media } from '../types.ts'
import { pictureFacts } from './picture.ts'

/** What all pictures together may take, in bytes; beyond, those that were not looked at for longest go. */
const defaultLimit = 512 * 1024 * 1024

export interface PictureCache {
  /** The picture that is kept for a link of a connection; null when there is none. */
  get(scope: string, link: string): Promise<Media | null>
  put(scope: string, link: string, media: Media): Promise<void>
}

/**
 * A cache in a folder of its own.
 *
 * @param dir made when the first picture comes
 * @param limitBytes what all pictures may take
 */
export function pictureCache(dir: string, log: Logger, limitBytes = defaultLimit): PictureCache {
  // One connection may allow an origin that another does not: what came for one is never given to another.
  const fileOf = (scope: string, link: string): string =>
    join(dir, createHash('sha256').update(`${scope}\n${link}`).digest('hex'))
  let total: number | null = null
  let pruning: Promise<void> | null = null

  const measure = async (): Promise<{ path: string; size: number; usedAt: number }[]> => {
    const names = await readdir(dir)
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
    const files = await measure()
    total = files.reduce((sum, file) => sum + file.size, 0)
    if (total <= limitBytes) return
    for (const file of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= limitBytes * 0.9) break
      await rm(file.path, { force: true })
      total -= file.size
    }
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
      await writeFile(draft, body, { mode: 0o600 })
      await rename(draft, file)
      if (total !== null) total += body.length
      if (total !== null && total <= limitBytes) return
      pruning ??= prune()
        .catch((error: unknown) => {
          log.warn({ err: error }, 'old pictures could not be removed')
        })
        .finally(() => (pruning = null))
      await pruning
    },
  }
}
