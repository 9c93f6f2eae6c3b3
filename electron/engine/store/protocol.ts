/** What the main thread and a store thread say to each other. */
import type { Wake } from './lanes.ts'
import type { writerMethods } from './methods.ts'
import type { Peer } from '#shared/contract/common.ts'
import type { Message } from '#shared/contract/entries/conversations.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { ErrorCode, ErrorParams } from '#shared/contract/errors.ts'

type MessageEventName = 'message.added' | 'message.changed'

/**
 * A message's event apart from its place: its conversation's event beside it holds the very same message, which then
 * crosses once.
 */
interface CrossedMessage {
  event: MessageEventName
  message: Message
  robotId: string
  peer: Peer
}

/** An event as it crosses the thread. */
export type CrossedEvent = Exclude<ContractEvent, { event: MessageEventName }> | CrossedMessage

/** An event as the contract has it. */
export const uncrossEvent = (crossed: CrossedEvent): ContractEvent => {
  if (!('message' in crossed)) return crossed
  const { event, message, robotId, peer } = crossed
  return { event, data: { ...message, robotId, peer } }
}

export interface ThreadData {
  role: 'writer' | 'reader' | 'checkpointer'
  dataDir: string
  /** One 32-bit count of requests that were asked and not yet begun, shared by both sides. */
  waiting: SharedArrayBuffer
}

/** What an operator's and a robot's messages ask for, often many at a time: such may share a message and a transaction. */
export const joiningMethods: ReadonlySet<string> = new Set<keyof typeof writerMethods>([
  'messages.enqueue',
  'outbox.turn',
  'outbox.finish',
])

export interface Request {
  id: number
  method: string
  input: unknown
}

/** What came of a request. */
export type Outcome = { result: unknown } | { error: unknown }

/** What answers requests in a role. */
export interface Answers {
  /** Answers one. @throws whatever went wrong */
  one(request: Request): unknown
  /** Answers several that {@link Answers.joins} says may share a transaction. */
  many?(requests: readonly Request[]): Outcome[]
  joins?(request: Request): boolean
}

/** An error as it crosses the thread; one of ours keeps its code. */
export interface CrossedError {
  code: ErrorCode | null
  params: ErrorParams | undefined
  message: string
  stack: string | undefined
}

/** What came of one request, as it crosses the thread. */
export type Answered = { id: number; result: unknown } | { id: number; error: CrossedError }

export type Reply =
  | { type: 'ready' }
  | { type: 'refused'; error: CrossedError }
  /** What came of requests that were answered together. */
  | { type: 'answers'; answers: Answered[] }
  /** What the writer changed: by a request, or by applying callbacks. */
  | { type: 'changed'; events: CrossedEvent[] }
  /** Robots whose outbox may have something to do. */
  | { type: 'wake'; robots: Wake }
  /** Applying callbacks does not get on, or does again (null). */
  | { type: 'trouble'; error: CrossedError | null }
  /** How much of a backup is made, of 1. */
  | { type: 'backup-progress'; part: number }
  /** The WAL is long enough for a checkpoint. */
  | { type: 'wal-grown' }
  /** A callback's effect threw; the callback is kept and marked. */
  | { type: 'effect-failed'; callbackId: number; error: CrossedError }
  /** Old rows could not be deleted; it is tried again. */
  | { type: 'chore-failed'; error: CrossedError }
  /** What a transaction changed could not be read back; it stays committed. */
  | { type: 'tell-failed'; error: CrossedError }
