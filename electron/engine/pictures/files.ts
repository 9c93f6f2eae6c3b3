/** The files of our own pictures: under random names, in a folder of their own, for nobody but this user. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Its name in the data folder. */
export const pictureFolder = 'pictures'

export interface KeptFile {
  readonly name: string
  readonly bytes: number
  /** When somebody last looked at it, milliseconds UTC. */
  readonly usedAt: number
}

export class PictureFiles {
  readonly #dir: string
  /** Those that no picture is known by yet. */
  readonly #underWay = new Set<string>()

  /** Those that are kept although no picture is known by them. */
  readonly #held = new Set<string>()

  constructor(dataDir: string) {
    this.#dir = join(dataDir, pictureFolder)
  }

  path(name: string): string {
    return join(this.#dir, name)
  }

  /**
   * Keeps a picture, on the disk before `note` is called, which makes it known by its name; where that fails, it is
   * removed again.
   */
  async write<Noted>(body: Buffer, note: (name: string) => Promise<Noted>): Promise<Noted> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    const name = randomBytes(16).toString('hex')
    const draft = this.path(`${name}.${randomUUID()}`)
    this.#underWay.add(name)
    try {
      await writeFile(draft, body, { mode: 0o600, flush: true })
      await rename(draft, this.path(name))
      return await note(name)
    } catch (error) {
      await rm(draft, { force: true })
      await this.remove(name)
      throw error
    } finally {
      this.#underWay.delete(name)
    }
  }

  /** Gives a file another name; what had it before is replaced. */
  async rename(from: string, to: string): Promise<void> {
    await rename(this.path(from), this.path(to))
  }

  /** Whether there is no such file: one that cannot be looked at is not gone. */
  async isGone(name: string): Promise<boolean> {
    return stat(this.path(name)).then(
      () => false,
      (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT',
    )
  }

  /** @returns null when it is gone */
  async read(name: string): Promise<Buffer | null> {
    const body = await readFile(this.path(name)).catch(() => null)
    const now = new Date()
    if (body) await utimes(this.path(name), now, now).catch(() => undefined)
    return body
  }

  /** @returns null when it is gone; otherwise the caller closes it */
  open(name: string): Promise<Awaited<ReturnType<typeof open>> | null> {
    return open(this.path(name), 'r').catch(() => null)
  }

  /** Keeps a file that no picture is known by from being swept away, until it is removed. */
  hold(name: string): void {
    this.#held.add(name)
  }

  async remove(name: string): Promise<void> {
    this.#held.delete(name)
    await rm(this.path(name), { force: true })
  }

  async list(): Promise<KeptFile[]> {
    const names = await readdir(this.#dir).catch(() => [])
    const found = await Promise.all(
      names.map(async (name) => {
        const facts = await stat(this.path(name)).catch(() => null)
        return facts?.isFile() ? { name, bytes: facts.size, usedAt: facts.mtimeMs } : null
      }),
    )
    return found.filter((file) => file !== null)
  }

  /**
   * Removes what no picture is known by: a crash came between file and database, or a backup was restored.
   *
   * @param known asked after the folder was looked at: what was seen there is in it by then, or is still under way
   */
  async sweep(known: () => Promise<ReadonlySet<string>>): Promise<void> {
    const names = (await this.list()).map(({ name }) => name)
    const spared = new Set([...this.#underWay, ...this.#held])
    const kept = await known()
    for (const name of names) {
      if (!kept.has(name) && !spared.has(name.split('.', 1)[0] ?? '')) await this.remove(name)
    }
  }
}
