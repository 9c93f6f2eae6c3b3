/** A reader: opens the database for reading only, and answers what is asked, one method a request. */
import { Database } from './database.ts'
import { readerMethods } from './methods.ts'
import type { Answers, Request } from './protocol.ts'

export function startReader(file: string): Answers {
  const db = new Database(file, 'read')
  const one = ({ method, input }: Request): unknown => {
    if (method === 'close') {
      db.close()
      return undefined
    }
    const run = readerMethods[method as keyof typeof readerMethods] as (db: Database, input: unknown) => unknown
    return run(db, input)
  }
  return { one }
}
