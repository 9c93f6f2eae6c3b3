/**
 * The entry of a store thread: opens the database in its role and answers requests, one transaction each.
 * What waits for the writer together it takes together.
 */
import { join } from 'node:path'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Database } from './database.ts'
import { databaseName } from './database-files.ts'
import { readerMethods } from './methods.ts'
import { crossError } from './cross-error.ts'
import type { Answers, Outcome, Reply, Request, ThreadData } from './protocol.ts'
import { startWriter } from './writer.ts'

const port = parentPort
if (!port) throw new Error('the store thread runs only as a worker')
const { role, dataDir, waiting } = workerData as ThreadData
const file = join(dataDir, databaseName)

const count = new Int32Array(waiting)
/** Whether a request waits for this thread. */
const isWanted = (): boolean => Atomics.load(count, 0) > 0

const post = (reply: Reply): void => port.postMessage(reply)

/** Copies the WAL into the database file while the writer goes on writing. */
function startCheckpointer(): Answers {
  const db = new Database(file, 'write')
  const one = ({ method }: Request): void => {
    if (method === 'close') db.close()
    else db.checkpointSome()
  }
  return { one }
}

function startReader(): Answers {
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

const starts = {
  writer: (): Answers => startWriter({ dataDir, file, post, isWanted }),
  reader: startReader,
  checkpointer: startCheckpointer,
}

/** Most requests of one transaction. */
const manyRequests = 32

try {
  const answers = starts[role]()
  const begin = (request: Request): Request => {
    Atomics.sub(count, 0, 1)
    return request
  }
  /** What stands behind a request and may share its transaction; and what may not and was taken with it. */
  const joinedBy = (first: Request): { joined: Request[]; next: Request | null } => {
    const joined = [first]
    while (answers.joins?.(first) && joined.length < manyRequests) {
      const message = receiveMessageOnPort(port) as { message: Request } | undefined
      if (!message) break
      const request = begin(message.message)
      if (!answers.joins(request)) return { joined, next: request }
      joined.push(request)
    }
    return { joined, next: null }
  }
  const reply = ({ id }: Request, outcome: Outcome): void => {
    if ('error' in outcome) post({ type: 'error', id, error: crossError(outcome.error, file) })
    else post({ type: 'result', id, result: outcome.result })
  }
  const answerOne = (request: Request): void => {
    try {
      const result = answers.one(request)
      // What takes many turns of the loop answers when it is done; all else at once.
      if (result instanceof Promise) {
        result.then(
          (value: unknown) => reply(request, { result: value }),
          (error: unknown) => reply(request, { error }),
        )
      } else reply(request, { result })
    } catch (error) {
      reply(request, { error })
    }
    if (request.method === 'close') port.close()
  }
  port.on('message', (request: Request) => {
    const { joined, next } = joinedBy(begin(request))
    if (joined.length > 1 && answers.many) {
      const outcomes = answers.many(joined)
      joined.forEach((each, index) => reply(each, outcomes[index] ?? { error: new Error('unanswered') }))
    } else joined.forEach(answerOne)
    if (next) answerOne(next)
  })
  post({ type: 'ready' })
} catch (error) {
  post({ type: 'refused', error: crossError(error, file) })
  port.close()
}
