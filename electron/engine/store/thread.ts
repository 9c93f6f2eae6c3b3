/**
 * The entry of a store thread: opens the database in its role and answers requests, one transaction each.
 * What waits for the writer together it takes together.
 */
import { join } from 'node:path'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { databaseName } from './database-files.ts'
import { crossError } from './cross-error.ts'
import type { Answered, Answers, Outcome, Reply, Request, ThreadData } from './protocol.ts'

const port = parentPort
if (!port) throw new Error('the store thread runs only as a worker')
const { role, dataDir, waiting } = workerData as ThreadData
const file = join(dataDir, databaseName)

const count = new Int32Array(waiting)
/** Whether a request waits for this thread. */
const isWanted = (): boolean => Atomics.load(count, 0) > 0

const post = (reply: Reply): void => port.postMessage(reply)

/* Each loads what its role needs: a checkpointer begins under load, and should not have to read in all that there is. */
const starts: Record<typeof role, () => Promise<Answers>> = {
  writer: async () => (await import('./writer.ts')).startWriter({ dataDir, file, post, isWanted }),
  reader: async () => (await import('./reader.ts')).startReader(file),
  checkpointer: async () => (await import('./checkpointer.ts')).startCheckpointer(file),
}

/** Most requests of one transaction. */
const manyRequests = 32

try {
  const answers = await starts[role]()
  /** Requests that were handed over, often several at once, and not begun. */
  let handed: Request[] = []
  /** The next request, which stays where it is until it is {@link begin | begun}. */
  const next = (): Request | undefined => {
    if (handed.length === 0) {
      const message = receiveMessageOnPort(port) as { message: Request[] } | undefined
      handed = message?.message ?? []
    }
    return handed[0]
  }
  const begin = (request: Request): Request => {
    handed.shift()
    Atomics.sub(count, 0, 1)
    return request
  }
  /** A request with those behind it that may share its transaction. */
  const joinedBy = (first: Request): Request[] => {
    const joined = [begin(first)]
    if (!answers.joins?.(first)) return joined
    for (let request = next(); request && joined.length < manyRequests; request = next()) {
      if (!answers.joins(request)) break
      joined.push(begin(request))
    }
    return joined
  }
  const answered = ({ id }: Request, outcome: Outcome): Answered =>
    'error' in outcome ? { id, error: crossError(outcome.error, file) } : { id, result: outcome.result }
  const reply = (request: Request, outcome: Outcome): void => {
    post({ type: 'answers', answers: [answered(request, outcome)] })
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
  port.on('message', (requests: Request[]) => {
    handed.push(...requests)
    for (let first = handed[0]; first; first = handed[0]) {
      const joined = joinedBy(first)
      if (joined.length > 1 && answers.many) {
        const outcomes = answers.many(joined)
        const none = { error: new Error('unanswered') }
        post({ type: 'answers', answers: joined.map((each, index) => answered(each, outcomes[index] ?? none)) })
      } else joined.forEach(answerOne)
    }
  })
  post({ type: 'ready' })
} catch (error) {
  post({ type: 'refused', error: crossError(error, file) })
  port.close()
}
