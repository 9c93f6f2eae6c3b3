/** A JSON file that is written as a whole or not at all, some time after each change. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export class JsonFile<T> {
  readonly #path: string | null
  readonly #value: () => T
  readonly #failed: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #lastMs = 0

  /**
   * @param path null keeps nothing
   * @param failed hears why the file could not be written; the next change tries again
   */
  constructor(path: string | null, value: () => T, failed: (error: unknown) => void) {
    this.#path = path
    this.#value = value
    this.#failed = failed
  }

  /** Writes soon. A large file is written more seldom, so that writing never takes over. */
  touch(): void {
    if (this.#path === null) return
    this.#timer ??= setTimeout(
      () => {
        this.flush()
      },
      Math.max(250, this.#lastMs * 10),
    )
  }

  /** Writes now. @throws Error where that is impossible */
  write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#path !== null) writeWhole(this.#path, JSON.stringify(this.#value()))
  }

  /** Writes now; a failure is reported, not thrown. */
  flush(): void {
    const begun = performance.now()
    try {
      this.write()
    } catch (error) {
      this.#failed(error)
    }
    this.#lastMs = performance.now() - begun
  }
}

/**
 * Reads a file that JsonFile wrote.
 * @returns undefined where there is none
 * @throws Error where it cannot be read or is no JSON
 */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}
