/** All handlers, and the contract's border in front of them. */
import { isEntryName, type Answer } from '#shared/contract/index.ts'
import { AppError, describeFailure } from '#shared/contract/errors.ts'
import type { Caller, Logger } from '../types.ts'
import { archiveHandlers } from './archives.ts'
import { backupHandlers } from './backups.ts'
import { parseInput } from './border.ts'
import { connectionKeyHandlers } from './connection-keys.ts'
import { lockEntries } from '../lock/lock.ts'
import { connectionHandlers } from './connections.ts'
import { consoleHandlers } from './console.ts'
import { doorHandlers } from './doors.ts'
import type { EngineContext, Handlers } from './context.ts'
import { conversationHandlers } from './conversations.ts'
import { lateHandlers } from './late.ts'
import { peopleHandlers } from './people.ts'
import { pictureHandlers } from './pictures.ts'
import { platformHandlers } from './platform.ts'
import { quickReplyHandlers } from './quick-replies.ts'
import { reachHandlers } from './reach.ts'
import { relayHandlers } from './relay.ts'
import { recordHandlers } from './record.ts'
import { robotHandlers } from './robots.ts'
import { scheduledHandlers } from './scheduled.ts'
import { systemHandlers } from './system.ts'
import { vaultHandlers } from './vault.ts'
import { watchHandlers } from './watch.ts'

const handlers: Handlers = {
  ...connectionHandlers,
  ...connectionKeyHandlers,
  ...robotHandlers,
  ...peopleHandlers,
  ...pictureHandlers,
  ...conversationHandlers,
  ...lateHandlers,
  ...quickReplyHandlers,
  ...scheduledHandlers,
  ...reachHandlers,
  ...relayHandlers,
  ...recordHandlers,
  ...platformHandlers,
  ...consoleHandlers,
  ...systemHandlers,
  ...backupHandlers,
  ...archiveHandlers,
  ...doorHandlers,
  ...vaultHandlers,
  ...watchHandlers,
}

/**
 * Answers a call: name and input are checked here, once, for both hosts. Never rejects.
 */
export async function answer(
  name: string,
  input: unknown,
  context: EngineContext,
  caller: Caller,
  log: Logger,
): Promise<Answer<unknown>> {
  try {
    // Before anything is looked at: a locked screen learns nothing, not even what is wrong with its input.
    if (context.lock.isClosed(caller.seat) && !(isEntryName(name) && lockEntries.has(name)))
      throw new AppError('locked')
    if (!isEntryName(name)) throw new AppError('unknown-entry', { entry: name.slice(0, 100) })
    const parsed = parseInput(name, input)
    const handler = handlers[name] as (input: unknown, context: EngineContext, caller: Caller) => Promise<unknown>
    return { ok: true, result: await handler(parsed, context, caller) }
  } catch (error) {
    if (error instanceof AppError) return { ok: false, error: describeFailure(error.failure, caller.locale) }
    log.error({ err: error, entry: name }, 'an entry failed')
    return { ok: false, error: describeFailure({ code: 'internal' }, caller.locale) }
  }
}
