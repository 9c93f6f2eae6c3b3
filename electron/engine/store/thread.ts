/**
 * The entry of a store thread: opens the database in its role and answers requests, one transaction each.
 * The writer applies kept callbacks between requests, so that an acknowledgement does not wait for all effects.
 */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '#shared/contract/errors.ts'
import { applyCallbacks, type ToApply } from '../callbacks/apply.ts'
import { ApplyQueue } from './apply-queue.ts'
import { keepAndApply, keepOnly, type Arrival } from './arrivals.ts'
import { Chore } from './chore.ts'
import { eventsOf } from './change-events.ts'
import { hasOldKeys, type ArrivedTogether } from './callbacks.ts'
import { Changes } from './changes.ts'
import { getConnection, type ConnectionRecord } from './connections.ts'
import { Database, storageError } from './database.ts'
import { databaseName, markCleanEnd } from './database-files.ts'
import { lanes } from './lanes.ts'
import { lockDataFolder } from './lock.ts'
import { indexMessages } from './messages.ts'
import { readerMethods, writerMethods, type WriteContext } from './methods.ts'
import { openForWriting } from './opening.ts'
import { doubtOutbox } from './restored.ts'
import type { CrossedError, CrossedEvent, Reply, Request, ThreadData } from './protocol.ts'
import { messageKinds, recordKinds, Retention, type Kind, type Limits } from './retention.ts'
import { RoomBack } from './room-back.ts'
import { messageLimits, recordLimits } from './settings.ts'
import { Telling } from './telling.ts'

const port = parentPort
if (!port) throw new Error('the store thread runs only as a worker')
const { role, dataDir, waiting } = workerData as ThreadData
const file = join(dataDir, databaseName)

const count = new Int32Array(waiting)
/** Whether a request waits for this thread. */
const isWanted = (): boolean => Atomics.load(count, 0) > 0

const post = (reply: Reply): void => port.postMessage(reply)

const crossed = (error: unknown): CrossedError => {
  const known = storageError(error, file)
  if (known instanceof AppError) {
    return { code: known.code, params: known.params, message: known.message, stack: known.stack }
  }
  const plain = known instanceof Error ? known : new Error(String(known))
  return { code: null, params: undefined, message: plain.message, stack: plain.stack }
}

/** How long a close goes on applying what was acknowledged, in milliseconds. */
const closeMs = 1000
/** How long to wait before effects are tried again after the disk refused them, in milliseconds. */
const retryMs = 5000

/** From how many pages of WAL on a checkpoint is asked for: 40 MB, so that pages written often are copied seldom. */
const walPages = 10_000
/** How often the WAL is looked at, while something is written, in milliseconds. */
const walLookMs = 250

/** Requests after which callbacks that wait in memory are still as they were kept. */
const leavingCallbacks: readonly string[] = [
  'conversations.read',
  'conversations.update',
  'messages.enqueue',
] satisfies (keyof typeof writerMethods)[]

function startWriter(): (request: Request) => unknown {
  const unlock = lockDataFolder(dataDir)
  const { db, replaced } = openForWriting(dataDir)
  if (replaced) db.transaction(() => doubtOutbox(db, new Changes(false)))
  db.leaveFlushing()
  const queue = new ApplyQueue()
  let timer: NodeJS.Timeout | null = null
  let scheduled = false
  let troubled = false
  let closed = false
  let doubted = false
  const connections = new Map<number, ConnectionRecord | undefined>()

  const schedule = (delay: number): void => {
    if (scheduled || queue.length === 0) return
    scheduled = true
    if (delay > 0) timer = setTimeout(applySome, delay)
    else setImmediate(applySome)
  }

  let walLookedAt = 0
  let walTold = false
  /** Has the WAL checkpointed where it has grown. To be called after commits. */
  const watchWal = (): void => {
    if (walTold || closed || performance.now() - walLookedAt < walLookMs) return
    walLookedAt = performance.now()
    if (db.walPages < walPages) return
    walTold = true
    post({ type: 'wal-grown' })
  }

  /** Everything that a transaction changed goes out after its commit, in one message. */
  const publish = (changes: Changes): void => {
    if (closed) return
    const events: CrossedEvent[] = []
    try {
      events.push(...db.reading(() => eventsOf(changes, db)))
    } catch (error) {
      // The thread lives on: what is asked next says whether it gets on.
      post({ type: 'tell-failed', error: crossed(error) })
    }
    const { wake } = changes
    if (events.length > 0 || lanes.some((lane) => wake[lane].length > 0)) post({ type: 'changed', events, wake })
  }

  const telling = new Telling({ tell: publish, isWanted })

  const tools = {
    db,
    oldKeys: hasOldKeys(db),
    connection: (id: number) => {
      if (!connections.has(id)) connections.set(id, getConnection(db, id))
      return connections.get(id)
    },
    failed: (callbackId: number, error: unknown) => post({ type: 'effect-failed', callbackId, error: crossed(error) }),
  }

  const apply = (batch: readonly ToApply[], apart: boolean): { changes: Changes; count: number } => {
    const changes = new Changes(!apart)
    const end = performance.now() + queue.slice()
    const count = db.transaction(() => {
      const pause = (): boolean => isWanted() && performance.now() > end
      const applied = applyCallbacks(tools, changes, batch, { apart, pause })
      indexMessages(db, changes.added(), changes.written)
      return applied
    })
    return { changes, count }
  }

  /** Together, or each apart where one of them fails. @throws what keeps the file from being written */
  const applyAll = (batch: readonly ToApply[]): ReturnType<typeof apply> => {
    try {
      return apply(batch, false)
    } catch {
      return apply(batch, true)
    }
  }

  /** Keeps callbacks, whatever becomes of their effects. @throws what keeps the file from being written */
  function keep(arrived: ArrivedTogether): void {
    const changes = new Changes()
    const transact = (work: () => Arrival): Arrival =>
      db.transaction(() => {
        const arrival = work()
        indexMessages(db, changes.added(), changes.written)
        return arrival
      })
    const kept = (arrival: Arrival, told: Changes): void => {
      if (arrival.applied > 0) queue.done(arrival.applied)
      queue.add(arrival.left)
      schedule(troubled ? retryMs : queue.delay())
      telling.add(told)
      setImmediate(watchWal)
    }
    if (!troubled) {
      try {
        return kept(transact(() => keepAndApply(tools, changes, queue, arrived)), changes)
      } catch {
        // All of it is undone; the effects are tried again apart from what arrived.
      }
    }
    const arrival = db.transaction(() => keepOnly(tools, arrived))
    kept(arrival, new Changes())
  }

  function applySome(): void {
    scheduled = false
    if (closed) return
    const delay = queue.delay()
    if (delay >= 1) return schedule(delay)
    applyNext()
    if (!troubled) schedule(queue.delay())
  }

  function applyNext(): void {
    const batch = queue.next()
    let changes: Changes
    try {
      const applied = applyAll(batch)
      changes = applied.changes
      queue.done(applied.count)
    } catch (error) {
      troubled = true
      post({ type: 'trouble', error: crossed(error) })
      schedule(retryMs)
      return
    }
    if (troubled) post({ type: 'trouble', error: null })
    troubled = false
    telling.add(changes)
    watchWal()
  }

  const chore = (step: (isEnough: () => boolean) => boolean, restart?: () => void): Chore =>
    new Chore({
      db,
      step,
      ...(restart ? { restart } : {}),
      committed: watchWal,
      isBusy: () => isWanted() || queue.length > 0,
      failed: (error) => post({ type: 'chore-failed', error: crossed(error) }),
    })
  const pruner = (kinds: readonly Kind[], limits: () => Limits): Chore => {
    const retention = new Retention(db, kinds)
    return chore(
      (isEnough) => retention.step(limits(), Date.now(), isEnough),
      () => retention.restart(),
    )
  }
  const pruners = [pruner(recordKinds, () => recordLimits(db)), pruner(messageKinds, () => messageLimits(db))]
  const roomBack = new RoomBack(db)
  const chores = [...pruners, chore((isEnough) => roomBack.step(isEnough))]
  const pruneAnew = (): void => pruners.forEach((one) => one.restart())

  return ({ method, input }) => {
    if (method === 'close') {
      for (const one of chores) one.stop()
      // What is left over stays pending, and the next start goes on with it.
      const end = Date.now() + closeMs
      while (queue.length > 0 && !troubled && Date.now() < end) applyNext()
      closed = true
      if (timer) clearTimeout(timer)
      telling.stop()
      db.close()
      if (!doubted) markCleanEnd(dataDir)
      unlock()
      return undefined
    }
    if (method === 'doubt') {
      doubted = true
      return undefined
    }
    if (method === 'backup') {
      const { to } = input as { to: string }
      return db.backup(to, (part) => post({ type: 'backup-progress', part }))
    }
    if (method === 'checkpoint-all') {
      if (!db.checkpoint()) throw new AppError('storage-failed', { problem: 'the log could not be flushed' })
      return undefined
    }
    if (method === 'checkpoint') {
      // What came while the checkpointer was at it, so that the WAL can begin anew.
      db.checkpointSome()
      walTold = false
      return undefined
    }
    if (method === 'keep') return keep(input as ArrivedTogether)
    const run = writerMethods[method as keyof typeof writerMethods] as (
      context: WriteContext,
      input: unknown,
    ) => unknown
    const changes = new Changes(false)
    const toApply: ToApply[] = []
    const context: WriteContext = {
      db,
      changes,
      apply: (ids) => toApply.push(...ids),
      applyNow: (ids) => applyCallbacks(tools, changes, ids, { apart: true }),
      connection: tools.connection,
      connectionsChanged: () => {
        connections.clear()
        pruneAnew()
      },
      settingsChanged: pruneAnew,
    }
    const result = db.transaction(() => {
      const given = run(context, input)
      indexMessages(db, changes.added(), changes.written)
      return given
    })
    // Most other requests may change what waits: then that is read anew.
    if (!leavingCallbacks.includes(method)) queue.release()
    queue.add(toApply)
    schedule(troubled ? retryMs : queue.delay())
    telling.add(changes)
    setImmediate(watchWal)
    return result
  }
}

/** Copies the WAL into the database file while the writer goes on writing. */
function startCheckpointer(): (request: Request) => unknown {
  const db = new Database(file, 'write')
  return ({ method }) => {
    if (method === 'close') db.close()
    else db.checkpointSome()
    return undefined
  }
}

function startReader(): (request: Request) => unknown {
  const db = new Database(file, 'read')
  return ({ method, input }) => {
    if (method === 'close') {
      db.close()
      return undefined
    }
    const run = readerMethods[method as keyof typeof readerMethods] as (db: Database, input: unknown) => unknown
    return run(db, input)
  }
}

const starts = { writer: startWriter, reader: startReader, checkpointer: startCheckpointer }

try {
  const answer = starts[role]()
  port.on('message', (request: Request) => {
    Atomics.sub(count, 0, 1)
    const refuse = (error: unknown): void => post({ type: 'error', id: request.id, error: crossed(error) })
    try {
      const result = answer(request)
      // What takes many turns of the loop answers when it is done; all else at once.
      if (result instanceof Promise) {
        result.then((value: unknown) => post({ type: 'result', id: request.id, result: value }), refuse)
      } else post({ type: 'result', id: request.id, result })
    } catch (error) {
      refuse(error)
    }
    if (request.method === 'close') port.close()
  })
  post({ type: 'ready' })
} catch (error) {
  post({ type: 'refused', error: crossed(error) })
  port.close()
}
