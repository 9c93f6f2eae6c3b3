/**
 * Gives room back to the disk: pages that nothing stands on any more go to the end of the file, a few at a time, and the
 * file ends before them (sqlite.org/pragma.html, incremental_vacuum). Some stay, since what comes next uses them again.
 */
import type { Database } from './database.ts'

/** How many pages go between two looks at the clock. */
const pagesAtOnce = 16
/** From how many bytes of free pages on, and from which part of the file on, it is worth the work. */
const worthBytes = 32 * 1024 * 1024
const worthPart = 0.2
/** Which part of the file stays free. */
const keptPart = 0.05

interface Pages {
  all: number
  free: number
  bytes: number
}

const pagesOf = (db: Database): Pages =>
  db.get<Pages>(`SELECT page_count AS "all", freelist_count AS free, page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`) ?? { all: 0, free: 0, bytes: 0 }

export class RoomBack {
  readonly #db: Database
  #underWay = false

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * Gives a little back. Must run inside a transaction.
   *
   * @param isEnough asked after each few pages
   * @returns whether more is to be given back now
   */
  step(isEnough: () => boolean): boolean {
    // Later.
    if (this.#db.isBeingCopied) return false
    const { all, free, bytes } = pagesOf(this.#db)
    this.#underWay ||= free * bytes >= worthBytes && free >= all * worthPart
    let left = free - Math.ceil(all * keptPart)
    while (this.#underWay && left > 0) {
      const before = pagesOf(this.#db).free
      this.#db.vacuum(Math.min(left, pagesAtOnce))
      const gone = before - pagesOf(this.#db).free
      // A file that an earlier version made keeps its room, and uses it again.
      if (gone === 0) break
      left -= gone
      if (isEnough() && left > 0) return true
    }
    this.#underWay = false
    return false
  }
}
