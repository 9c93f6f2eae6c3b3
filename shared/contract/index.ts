/**
 * The contract between the engine and whoever uses it: a renderer over IPC or WebSocket, a script over
 * HTTP. One definition an entry; handlers, transports, client and documentation are derived from it.
 */
import type { z } from 'zod'
import { archiveEntries } from './entries/archives.ts'
import { backupEntries } from './entries/backups.ts'
import { connectionEntries } from './entries/connections.ts'
import { consoleEntries } from './entries/console.ts'
import { conversationExportEntries } from './entries/conversation-export.ts'
import { conversationEntries } from './entries/conversations.ts'
import { doorEntries } from './entries/doors.ts'
import { lateEntries } from './entries/late.ts'
import { lockEntries } from './entries/lock.ts'
import { peopleEntries } from './entries/people.ts'
import { pictureEntries } from './entries/pictures.ts'
import { platformEntries } from './entries/platform.ts'
import { quickReplyEntries } from './entries/quick-replies.ts'
import { reachEntries } from './entries/reach.ts'
import { relayEntries } from './entries/relay.ts'
import { recordEntries } from './entries/record.ts'
import { robotEntries } from './entries/robots.ts'
import { scheduledEntries } from './entries/scheduled.ts'
import { systemEntries } from './entries/system.ts'
import { vaultEntries } from './entries/vault.ts'
import { watchEntries } from './entries/watch.ts'
import type { ContractError } from './errors.ts'

export { contractVersion } from './version.ts'

export const contract = {
  ...connectionEntries,
  ...robotEntries,
  ...peopleEntries,
  ...pictureEntries,
  ...conversationEntries,
  ...conversationExportEntries,
  ...quickReplyEntries,
  ...scheduledEntries,
  ...reachEntries,
  ...relayEntries,
  ...recordEntries,
  ...platformEntries,
  ...consoleEntries,
  ...systemEntries,
  ...backupEntries,
  ...archiveEntries,
  ...doorEntries,
  ...lateEntries,
  ...lockEntries,
  ...vaultEntries,
  ...watchEntries,
}

export type Contract = typeof contract
export type EntryName = keyof Contract
/** What a caller gives. */
export type EntryInput<Name extends EntryName> = z.input<Contract[Name]['input']>
/** What a handler gets: checked, with defaults filled in. */
export type EntryParsed<Name extends EntryName> = z.output<Contract[Name]['input']>
/** What comes back. */
export type EntryResult<Name extends EntryName> = z.output<Contract[Name]['output']>

/** An entry's answer on every transport. */
export type Answer<Result> = { ok: true; result: Result } | { ok: false; error: ContractError }

export const isEntryName = (name: string): name is EntryName => Object.hasOwn(contract, name)
