/**
 * The entry of a store thread: opens the database in its role and answers requests, one transaction each.
 * The writer applies kept callbacks between requests, so that an acknowledgement never waits for effects.
 */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '#shared/contract/errors.ts'
import { applyCallbacks, type ToApply } from '../callbacks/apply.ts'
import { eventsOf } from './change-events.ts'
import { hasOldKeys } from './callbacks.ts'
import { Changes } from './changes.ts'
import { getConnection, type ConnectionRecord } from './connections.ts'
import { Database, storageError } from './database.ts'
import { databaseName, markCleanEnd } from './database-files.ts'
import { lockDataFolder } from './lock.ts'
import { indexMessages } from './messages.ts'
import { readerMethods, writerMethods, type WriteContext } from './methods.ts'
import { openForWriting } from './opening.ts'
import { doubtOutbox } from './restored.ts'
import { Pruner } from './pruner.ts'
import type { CrossedError, Reply, Request, ThreadData } from './protocol.ts'
import { recordKinds, Retention } from './retention.ts'
import { recordLimits } from './settings.ts'

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

/** How many callbacks share one transaction of effects. */
const batchSize = 512
/** How long effects go on while a request waits, in milliseconds: so long may they hold up an acknowledgement. */
const sliceMs = 3
/** The same while more callbacks wait for effects than `backlog`: many in a transaction cost each of them less. */
const longSliceMs = 25
const backlog = 500
/** How many bytes of bodies wait in memory for their effects; those beyond are read back from the file. */
const heldBytes = 16 * 1024 * 1024
/** How long a close goes on applying what was acknowledged, in milliseconds. */
const closeMs = 1000
/** How long to wait before effects are tried again after the disk refused them, in milliseconds. */
const retryMs = 5000

function startWriter(): (request: Request) => unknown {
  const unlock = lockDataFolder(dataDir)
  const { db, replaced } = openForWriting(dataDir)
  if (replaced) db.transaction(() => doubtOutbox(db, new Changes(false)))
  let queue: ToApply[] = []
  let held = 0
  let scheduled = false
  let troubled = false
  let closed = false
  const connections = new Map<number, ConnectionRecord | undefined>()

  const schedule = (delay: number): void => {
    if (scheduled || queue.length === 0) return
    scheduled = true
    if (delay > 0) setTimeout(applySome, delay)
    else setImmediate(applySome)
  }

  /** Keeps a row in memory until its effects, while there is room. */
  const hold = (one: ToApply): ToApply => {
    if (typeof one === 'number') return one
    if (held + one.raw.byteLength > heldBytes) return one.id
    held += one.raw.byteLength
    return one
  }
  const release = (): void => {
    queue = queue.map((one) => (typeof one === 'number' ? one : one.id))
    held = 0
  }

  /** Everything that a transaction changed goes out after its commit, in one message. */
  const publish = (changes: Changes): void => {
    if (closed) return
    const events = eventsOf(changes, db)
    if (events.length > 0 || changes.wake.size > 0) post({ type: 'changed', events, wake: [...changes.wake] })
  }

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
    const end = performance.now() + (queue.length > backlog ? longSliceMs : sliceMs)
    const count = db.transaction(() => {
      const applied = applyCallbacks(tools, changes, batch, apart, () => isWanted() && performance.now() > end)
      indexMessages(db, changes.added(), changes.written)
      return applied
    }, 'NORMAL')
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

  function applySome(): void {
    scheduled = false
    if (closed) return
    let batch = queue.slice(0, batchSize)
    let changes: Changes
    try {
      const applied = applyAll(batch)
      changes = applied.changes
      batch = batch.slice(0, applied.count)
    } catch (error) {
      troubled = true
      post({ type: 'trouble', error: crossed(error) })
      schedule(retryMs)
      return
    }
    queue = queue.slice(batch.length)
    for (const one of batch) if (typeof one !== 'number') held -= one.raw.byteLength
    if (troubled) post({ type: 'trouble', error: null })
    troubled = false
    publish(changes)
    schedule(0)
  }

  const pruner = new Pruner({
    db,
    retention: new Retention(db, recordKinds),
    limits: () => recordLimits(db),
    isBusy: () => isWanted() || queue.length > 0,
    failed: (error) => post({ type: 'prune-failed', error: crossed(error) }),
  })

  return ({ method, input }) => {
    if (method === 'close') {
      pruner.stop()
      // What is left over stays pending, and the next start goes on with it.
      const end = Date.now() + closeMs
      while (queue.length > 0 && !troubled && Date.now() < end) applySome()
      closed = true
      db.close()
      markCleanEnd(dataDir)
      unlock()
      return undefined
    }
    if (method === 'backup') {
      const { to } = input as { to: string }
      return db.backup(to, (part) => post({ type: 'backup-progress', part }))
    }
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
      applyNow: (ids) => applyCallbacks(tools, changes, ids, true),
      applyKept: (rows) => toApply.push(...rows),
      connection: tools.connection,
      connectionsChanged: () => {
        connections.clear()
        pruner.restart()
      },
      settingsChanged: () => pruner.restart(),
    }
    const result = db.transaction(() => {
      const given = run(context, input)
      indexMessages(db, changes.added(), changes.written)
      return given
    })
    // Any other request may change what waits: then that is read anew.
    if (held > 0 && method !== 'callbacks.keep') release()
    for (const one of toApply) queue.push(hold(one))
    schedule(0)
    // The answer goes first: nobody waits for the events to be put together.
    setImmediate(() => publish(changes))
    return result
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

try {
  const answer = role === 'writer' ? startWriter() : startReader()
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
