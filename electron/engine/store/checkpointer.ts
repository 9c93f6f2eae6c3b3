/** The checkpointer: copies the write-ahead log into the database file while the writer goes on writing. */
import { Database } from './database.ts'
import type { Answers, Request } from './protocol.ts'

export function startCheckpointer(file: string): Answers {
  const db = new Database(file, 'write')
  const one = ({ method }: Request): void => {
    if (method === 'close') db.close()
    else db.checkpointSome()
  }
  return { one }
}
