/**
 * The writer: opens the database for writing and answers what changes it, one transaction each or many together.
 * Callbacks that it keeps it applies at once or between requests, so that an acknowledgement does not wait for all
 * effects.
 */
import { AppError } from '#shared/contract/errors.ts'
import { applyCallbacks, type ToApply } from '../callbacks/apply.ts'
import { ApplyQueue } from './apply-queue.ts'
import { takeIn } from './arrivals.ts'
import type { ArrivedTogether } from './arrived.ts'
import { Burst } from './burst.ts'
import { hasOldKeys } from './callbacks.ts'
import { eventsOf } from './change-events.ts'
import { Changes } from './changes.ts'
import { Chore } from './chore.ts'
import { getConnection, type ConnectionRecord } from './connections.ts'
import { crossError } from './cross-error.ts'
import {
  joiningMethods,
  type Answers,
  type CrossedError,
  type CrossedEvent,
  type Outcome,
  type Reply,
  type Request,
} from './protocol.ts'
import { markCleanEnd } from './database-files.ts'
import { lanes, type Wake } from './lanes.ts'
import { lockDataFolder } from './lock.ts'
import { indexMessages } from './messages.ts'
import { writerMethods, type WriteContext } from './methods.ts'
import { openForWriting } from './opening.ts'
import { doubtOutbox } from './restored.ts'
import { messageKinds, recordKinds, Retention, type Kind, type Limits } from './retention.ts'
import { RoomBack } from './room-back.ts'
import { messageLimits, recordLimits } from './settings.ts'
import { Telling } from './telling.ts'

/** How long a close goes on applying what was acknowledged, in milliseconds. */
const closeMs = 1000
/** How long to wait before effects are tried again after the disk refused them, in milliseconds. */
const retryMs = 5000

/** From how many pages of WAL on a checkpoint is asked for: 40 MB, so that pages written often are copied seldom. */
const walPages = 10_000
/** How often the WAL is looked at, while something is written, in milliseconds. */
const walLookMs = 250

/**
 * Requests after which callbacks that wait in memory, which nobody has read yet, may no longer be as they were kept. Others
 * touch only what was read before; retention leaves alone what is pending.
 */
const touchingCallbacks: readonly string[] = [
  'connections.remove',
  'robots.remove',
  'callbacks.replay',
  'callbacks.resume',
] satisfies (keyof typeof writerMethods)[]

/** A request to the writer, on its way. */
interface Job {
  readonly method: string
  readonly changes: Changes
  readonly toApply: ToApply[]
  run(): unknown
}

export interface WriterOptions {
  readonly dataDir: string
  /** The database in it. */
  readonly file: string
  post(reply: Reply): void
  /** Whether a request waits for the thread. */
  isWanted(): boolean
}

export function startWriter({ dataDir, file, post, isWanted }: WriterOptions): Answers {
  const crossed = (error: unknown): CrossedError => crossError(error, file)
  const unlock = lockDataFolder(dataDir)
  const { db, replaced } = openForWriting(dataDir)
  if (replaced) db.transaction(() => doubtOutbox(db, new Changes(false)))
  db.leaveFlushing()
  const queue = new ApplyQueue()
  const burst = new Burst(queue)
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
    if (events.length > 0) post({ type: 'changed', events })
  }

  /** Robots whose outbox may go on hear of it at once, however much is told together. */
  const wake = (robots: Wake): void => {
    if (lanes.some((lane) => robots[lane].length > 0)) post({ type: 'wake', robots })
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

  /**
   * Keeps callbacks, whatever becomes of their effects.
   *
   * @returns how many should be kept together next
   * @throws what keeps the file from being written
   */
  function keep(arrived: ArrivedTogether): number {
    const changes = takeIn({ tools, queue, burst, keepOnly: troubled }, arrived)
    schedule(troubled ? retryMs : burst.holdsFor() || queue.delay())
    setImmediate(watchWal)
    if (changes) {
      wake(changes.wake)
      telling.add(changes)
    }
    return burst.together
  }

  function applySome(): void {
    scheduled = false
    if (closed) return
    const delay = burst.holdsFor() || queue.delay()
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
      burst.noteApplied(applied.count)
    } catch (error) {
      troubled = true
      post({ type: 'trouble', error: crossed(error) })
      schedule(retryMs)
      return
    }
    if (troubled) post({ type: 'trouble', error: null })
    troubled = false
    wake(changes.wake)
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

  const jobOf = ({ method, input }: Request): Job => {
    const changes = new Changes(joiningMethods.has(method))
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
    const run = writerMethods[method as keyof typeof writerMethods] as (
      context: WriteContext,
      input: unknown,
    ) => unknown
    return { method, changes, toApply, run: () => run(context, input) }
  }

  /** What follows a request once it is committed. */
  const follow = ({ method, changes, toApply }: Job): void => {
    // Then what waits is read anew.
    if (touchingCallbacks.includes(method)) queue.release()
    queue.add(toApply)
    schedule(troubled ? retryMs : queue.delay())
    telling.add(changes, joiningMethods.has(method))
  }

  /** The same for many: what fails here must not have them carried out again. */
  const followAll = (jobs: readonly Job[]): void => {
    const robots = new Changes(false)
    for (const job of jobs) {
      for (const lane of lanes) for (const id of job.changes.wake[lane]) robots.wakeRobot(id, lane)
      try {
        follow(job)
      } catch (error) {
        post({ type: 'tell-failed', error: crossed(error) })
      }
    }
    wake(robots.wake)
    setImmediate(watchWal)
  }

  const alone = (request: Request): unknown => {
    const job = jobOf(request)
    const result = db.transaction(() => {
      const given = job.run()
      indexMessages(db, job.changes.added(), job.changes.written)
      return given
    })
    wake(job.changes.wake)
    follow(job)
    setImmediate(watchWal)
    return result
  }

  /**
   * One transaction for all.
   *
   * @param apart whether each that fails is undone by itself; a savepoint for each costs as much as two of its statements
   * @throws what undid all of it
   */
  const together = (requests: readonly Request[], apart: boolean): Outcome[] => {
    const jobs = requests.map(jobOf)
    const done: Job[] = []
    const outcomes = db.transaction(() => {
      const all = jobs.map((job): Outcome => {
        try {
          const result = apart ? db.savepoint(() => job.run()) : job.run()
          done.push(job)
          return { result }
        } catch (error) {
          if (!apart || !db.inTransaction) throw error
          return { error }
        }
      })
      for (const { changes } of done) indexMessages(db, changes.added(), changes.written)
      return all
    })
    followAll(done)
    return outcomes
  }

  const one = (request: Request): unknown => {
    const { method, input } = request
    if (method === 'close') {
      for (const each of chores) each.stop()
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
    return alone(request)
  }

  return {
    one,
    joins: ({ method }) => joiningMethods.has(method),
    many: (requests) => {
      // What fails undoes all of it: then once more, each that fails undone by itself; last each without company.
      for (const apart of [false, true]) {
        try {
          return together(requests, apart)
        } catch {
          // As said.
        }
      }
      return requests.map((request) => {
        try {
          return { result: alone(request) }
        } catch (error) {
          return { error }
        }
      })
    },
  }
}
