/**
 * What the rest of the engine may ask of the store threads, by name. Writer and readers have different
 * methods, and each method is one transaction.
 */
import type { Peer } from '#shared/contract/common.ts'
import { AppError, type Locale } from '#shared/contract/errors.ts'
import type { SettingsChanges } from '#shared/contract/entries/system.ts'
import type { RobotAction } from '#shared/contract/entries/pace.ts'
import type { QuickReply } from '#shared/contract/entries/quick-replies.ts'
import type { Jump } from '../outbox/clock.ts'
import { adoptFile } from './adopt.ts'
import * as backupCheck from './backup-check.ts'
import { begunOperations } from './begun.ts'
import * as callbacks from './callbacks.ts'
import * as calls from './calls.ts'
import type { Changes } from './changes.ts'
import * as doors from './connection-doors.ts'
import * as care from './conversation-care.ts'
import * as connections from './connections.ts'
import { exportPiece, type ExportInput } from './conversation-export.ts'
import * as conversations from './conversations.ts'
import type { Reading, Writing } from './database.ts'
import * as deadlines from './deadlines.ts'
import * as deliveries from './deliveries.ts'
import * as friends from './friends.ts'
import * as groups from './groups.ts'
import * as late from './late-list.ts'
import * as leavings from './leavings.ts'
import * as limits from './limits.ts'
import * as logins from './logins.ts'
import { searchMessages } from './message-search.ts'
import { countMeasures } from './measures.ts'
import * as messagePages from './message-pages.ts'
import * as messages from './messages.ts'
import { removeMessages } from './message-removal.ts'
import { getPerson } from './person.ts'
import * as scheduled from './scheduled.ts'
import * as operations from './operations.ts'
import * as outbox from './outbox.ts'
import type { Paging } from './paging.ts'
import * as pictures from './pictures.ts'
import * as quickReplies from './quick-replies.ts'
import * as reach from './reach.ts'
import * as relogin from './relogin.ts'
import * as list from './robot-list.ts'
import * as robots from './robots.ts'
import * as secrets from './secrets.ts'
import * as settings from './settings.ts'
import { storageSizes } from './storage.ts'
import * as tags from './tags.ts'
import * as watch from './watch.ts'
import * as turns from './turns.ts'

interface SaveConnection {
  /** Null for a new one. */
  id: number | null
  fields: connections.ConnectionFields
  key: { name: string; sealed: Uint8Array } | null
  /** The relay that another merchant's number leaves behind. */
  leaving: leavings.NewLeaving | null
}

interface ConversationKey {
  robotId: number
  peer: Peer
}

/** What a writing method works with. */
export interface WriteContext {
  readonly db: Writing
  readonly changes: Changes
  /** Applies these callbacks after the transaction. */
  apply(ids: readonly number[]): void
  /** Applies them in the transaction, for whoever waits for the outcome. */
  applyNow(ids: readonly number[]): void
  /** A connection as it is kept; looked up once. */
  connection(id: number): connections.ConnectionRecord | undefined
  /** Connections changed: what was looked up of them is no longer true. */
  connectionsChanged(): void
  /** Settings changed: what is kept for how long may be another. */
  settingsChanged(): void
}

export const writerMethods = {
  /** Writes a connection, and its new private key with it where there is one. @returns its id */
  'connections.save': ({ db, changes, connectionsChanged }: WriteContext, input: SaveConnection) => {
    connectionsChanged()
    if (input.key) secrets.putSecret(db, input.key.name, input.key.sealed)
    if (input.leaving) leavings.addLeaving(db, input.leaving)
    if (input.id === null) return connections.insertConnection(db, input.fields, Date.now())
    connections.updateConnection(db, input.id, input.fields)
    limits.tableChanged(db, changes, input.id)
    doors.forgetUnusedKeys(db)
    return input.id
  },
  'connections.remove': (
    { db, changes, connectionsChanged }: WriteContext,
    { id, leaving }: { id: number; leaving: leavings.NewLeaving | null },
  ) => {
    connectionsChanged()
    if (leaving) leavings.addLeaving(db, leaving)
    changes.late = changes.swept = true
    for (const robot of robots.listRobots(db, id)) secrets.deleteSecrets(db, `robot/${robot.id}/`)
    secrets.deleteSecrets(db, reach.reachSecretPrefix(id))
    connections.deleteConnection(db, id)
    doors.forgetUnusedKeys(db)
  },
  'connections.rotateSecret': ({ db }: WriteContext, change: doors.SecretChange) => doors.rotateSecret(db, change),
  'connections.endOldSecret': ({ db }: WriteContext, id: number) => doors.endOldSecret(db, id),
  'connections.noteDoors': ({ db }: WriteContext, counts: readonly doors.DoorCounts[]) => {
    for (const each of counts) doors.noteDoors(db, each)
  },
  'connections.setNextKey': (
    { db }: WriteContext,
    input: doors.NextKey & { key: { name: string; sealed: Uint8Array } },
  ) => {
    secrets.putSecret(db, input.key.name, input.key.sealed)
    doors.setNextKey(db, input)
    doors.forgetUnusedKeys(db)
  },
  'connections.adoptNextKey': (
    { db, connectionsChanged }: WriteContext,
    input: { id: number; fingerprint: string },
  ) => {
    connectionsChanged()
    doors.adoptNextKey(db, input.id, input.fingerprint)
    doors.forgetUnusedKeys(db)
  },
  'connections.dropNextKey': ({ db }: WriteContext, id: number) => {
    doors.dropNextKey(db, id)
    doors.forgetUnusedKeys(db)
  },
  'robots.add': (
    { db, changes }: WriteContext,
    input: { connectionId: number; serialNo: string; name?: string | undefined },
  ) => robots.addRobot(db, changes, input),
  'robots.addMany': ({ db, changes }: WriteContext, input: { connectionId: number; serialNos: string[] }) =>
    list.addRobots(db, changes, input),
  'robots.update': ({ db, changes }: WriteContext, input: list.RobotChange) => list.updateRobot(db, changes, input),
  'limits.set': (
    { db, changes, connectionsChanged }: WriteContext,
    input: { connectionId: number; code: string; forbids: RobotAction[] | null },
  ) => {
    connectionsChanged()
    limits.setLimit(db, changes, input)
  },
  'robots.remove': ({ db, changes }: WriteContext, id: number) => {
    changes.late = changes.swept = true
    secrets.deleteSecrets(db, `robot/${id}/`)
    return robots.deleteRobot(db, id)
  },
  'friends.update': ({ db, changes }: WriteContext, input: { robotId: number; id: string; remark: string }) =>
    friends.updateFriend(db, changes, input),
  'settings.set': ({ db, settingsChanged }: WriteContext, changes: SettingsChanges) => {
    settings.setSettings(db, changes)
    settingsChanged()
  },
  'values.set': ({ db }: WriteContext, input: { name: `.${string}`; value: unknown }) =>
    settings.setValue(db, input.name, input.value),
  'reach.choose': ({ db }: WriteContext, choice: reach.Choice) => reach.chooseWay(db, choice),
  'leavings.end': ({ db }: WriteContext, id: number) => leavings.endLeaving(db, id),
  'reach.noteUp': ({ db }: WriteContext, note: Parameters<typeof reach.noteWayUp>[1]) => reach.noteWayUp(db, note),
  'reach.pinKey': ({ db }: WriteContext, pin: Parameters<typeof reach.pinHostKey>[1]) => reach.pinHostKey(db, pin),
  'secrets.put': ({ db }: WriteContext, input: { name: string; sealed: Uint8Array }) =>
    secrets.putSecret(db, input.name, input.sealed),
  'secrets.delete': ({ db }: WriteContext, prefix: string) => secrets.deleteSecrets(db, prefix),
  'conversations.read': ({ db, changes }: WriteContext, key: ConversationKey) =>
    conversations.readConversation(db, changes, key.robotId, key.peer),
  'conversations.update': ({ db, changes }: WriteContext, input: care.CareInput) =>
    care.updateConversation(db, changes, input),
  'conversations.raise': ({ db, changes }: WriteContext, now: number) => care.raiseFollowUps(db, changes, now),
  'conversations.updateMany': ({ db, changes }: WriteContext, input: care.ManyCareInput) =>
    care.updateConversations(db, changes, input),
  'tags.save': (
    { db, changes }: WriteContext,
    input: { id?: number | undefined; name: string; color?: number | undefined },
  ) => tags.saveTag(db, changes, input),
  'tags.remove': ({ db, changes }: WriteContext, id: number) => tags.removeTag(db, changes, id),
  'quickReplies.save': ({ db, changes }: WriteContext, input: Omit<QuickReply, 'id'> & { id?: number | undefined }) =>
    quickReplies.saveQuickReply(db, changes, input),
  'quickReplies.remove': ({ db, changes }: WriteContext, ids: number[]) =>
    quickReplies.removeQuickReplies(db, changes, ids),
  'quickReplies.import': ({ db, changes }: WriteContext, items: Omit<QuickReply, 'id'>[]) =>
    quickReplies.importQuickReplies(db, changes, items),
  'messages.enqueue': ({ db, changes }: WriteContext, input: outbox.SendInput) =>
    outbox.enqueueMessage(db, changes, input),
  'messages.settle': ({ db, changes }: WriteContext, input: { messageId: number; as: 'arrived' | 'resend' }) =>
    outbox.settleByOperator(db, changes, input.messageId, input.as),
  'messages.remove': ({ db, changes }: WriteContext, ids: number[]) => removeMessages(db, changes, ids),
  'scheduled.save': ({ db, changes }: WriteContext, input: scheduled.ScheduledInput) =>
    scheduled.saveScheduled(db, changes, input),
  'scheduled.remove': ({ db, changes }: WriteContext, id: number) => scheduled.removeScheduled(db, changes, id),
  'scheduled.send': ({ db, changes }: WriteContext, now: number) => scheduled.sendScheduled(db, changes, now),
  'operations.create': ({ db, changes }: WriteContext, operation: operations.NewOperation) => {
    robots.requireRobot(db, operation.robotId)
    return operations.createOperation(db, changes, operation)
  },
  /** Several at once, in the order given. @returns their ids */
  'operations.createMany': ({ db, changes }: WriteContext, many: readonly operations.NewOperation[]) =>
    many.map((operation) => {
      robots.requireRobot(db, operation.robotId)
      return operations.createOperation(db, changes, operation)
    }),
  'operations.login': ({ db, changes }: WriteContext, input: logins.LoginInput) =>
    logins.beginLogin(db, changes, input),
  'operations.logout': ({ db, changes }: WriteContext, robotId: number) => logins.beginLogout(db, changes, robotId),
  'robots.relogin': ({ db, changes }: WriteContext, now: number) => logins.beginRelogins(db, changes, now),
  'logins.code': ({ db, changes }: WriteContext, input: { operationId: number; code: string }) => {
    logins.noteVerificationCode(db, changes, input.operationId, input.code)
  },
  'late.settle': ({ db, changes }: WriteContext, decision: late.LateDecision) => late.settleLate(db, changes, decision),
  'operations.cancel': ({ db, changes }: WriteContext, id: number) => outbox.cancelOperation(db, changes, id),
  'operations.expire': ({ db, changes }: WriteContext, now: number) => deadlines.expireOperations(db, changes, now),
  /** Notes what came of the call before, and takes the next, in one: a send costs one commit less. */
  'outbox.turn': (
    { db, changes, connection, apply }: WriteContext,
    { finished, input }: { finished: outbox.CallResult | null; input: turns.TurnInput },
  ) => {
    if (finished) apply(outbox.finishCall(db, changes, finished))
    const turn = turns.takeTurn(db, changes, connection, input)
    robots.writeHeard(db, changes)
    return turn
  },
  'outbox.moveTimes': ({ db }: WriteContext, jump: Jump) => turns.moveTimes(db, jump),
  'outbox.finish': ({ db, changes, apply }: WriteContext, result: outbox.CallResult) => {
    apply(outbox.finishCall(db, changes, result))
    robots.writeHeard(db, changes)
  },
  'outbox.release': ({ db, changes }: WriteContext, input: outbox.ReleaseInput) =>
    outbox.releaseClaims(db, changes, input),
  'outbox.recover': ({ db, changes }: WriteContext) => outbox.recoverOutbox(db, changes),
  'calls.record': ({ db, changes, apply }: WriteContext, call: calls.CallRecord) => {
    const id = calls.insertCall(db, call)
    if (id === null) throw new AppError('not-found', { what: 'connection' })
    changes.call(id)
    if (call.vcSerialNo) apply(callbacks.callbacksOfSerial(db, call.connectionId, call.vcSerialNo))
    return id
  },
  /** Reads callbacks again. @returns what became of them, each with its state and reason */
  'callbacks.replay': ({ db, applyNow }: WriteContext, ids: number[]) => {
    applyNow(callbacks.replayable(db, ids))
    return callbacks.standings(db, ids)
  },
  'watch.note': ({ db }: WriteContext, note: watch.WatchNote) => watch.noteWatch(db, note),
  'watch.update': ({ db }: WriteContext, update: watch.AlarmUpdate) => watch.updateAlarms(db, update),
  'watch.see': ({ db }: WriteContext, ids: readonly number[]) => watch.seeAlarms(db, ids),
  'watch.queueDelivery': ({ db }: WriteContext, input: deliveries.NewDelivery) => deliveries.queueDelivery(db, input),
  'watch.noteDelivery': ({ db }: WriteContext, outcome: deliveries.DeliveryOutcome) =>
    deliveries.noteDelivery(db, outcome),
  'watch.dropDeliveries': ({ db }: WriteContext, now: number) => deliveries.dropDeliveries(db, now),
  'pictures.setPlaces': ({ db }: WriteContext, input: pictures.PlacesInput) => pictures.setPicturePlaces(db, input),
  'pictures.add': ({ db }: WriteContext, picture: pictures.NewPicture & { replaces: number | null }) =>
    pictures.addPicture(db, picture),
  'pictures.forget': ({ db }: WriteContext, id: number) => pictures.forgetPicture(db, id),
  'pictures.hold': ({ db }: WriteContext, input: { id: number; until: number; now: number }) =>
    pictures.holdPicture(db, input),
  'pictures.end': ({ db }: WriteContext, input: { ids: readonly number[]; now: number }) =>
    pictures.endPictures(db, input),
  'pictures.dropFiles': ({ db }: WriteContext, ids: readonly number[]) => pictures.dropFiles(db, ids),
  'callbacks.resume': ({ db, apply }: WriteContext) => apply(callbacks.pendingCallbacks(db)),
}

export const readerMethods = {
  /** Reads another database's file through, and counts what of this one is newer. */
  'backups.check': (db: Reading, input: { file: string; isNew: boolean }) => {
    const { damage, holdings, schema, newest } = backupCheck.checkFile(input.file, input.isNew)
    return { damage, holdings, schema, lost: newest && backupCheck.countLater(db, newest) }
  },
  /** Seals another machine's secrets with this vault, in a file that nobody has open. */
  'archives.adopt': (_db: Reading, input: { file: string; secrets: { name: string; sealed: Uint8Array }[] }) =>
    adoptFile(input.file, input.secrets),
  'storage.sizes': (db: Reading) => storageSizes(db),
  'measures.count': (db: Reading) => countMeasures(db),
  /** Reads the present database through. @returns what is wrong with it, or null */
  'database.check': (db: Reading) => backupCheck.findDamage(db),
  'connections.list': (db: Reading) => connections.listConnections(db),
  'connections.get': (db: Reading, id: number) => connections.getConnection(db, id) ?? null,
  'connections.removal': (db: Reading, id: number) => doors.countRemoval(db, id),
  'robots.list': (db: Reading, connectionId: number | undefined) => robots.listRobots(db, connectionId),
  'robots.states': (db: Reading, input: Paging & { robotId: number }) => {
    robots.requireRobot(db, input.robotId)
    return list.listStates(db, input.robotId, input)
  },
  'robots.nextRelogin': (db: Reading) => relogin.nextRelogin(db),
  'outbox.begun': (db: Reading) => begunOperations(db, Date.now()),
  'robots.withQueue': (db: Reading) => outbox.robotsWithQueue(db),
  'limits.list': (db: Reading, connectionId: number) => limits.listLimits(db, connectionId),
  'robots.get': (db: Reading, id: number) => robots.getRobot(db, id) ?? null,
  /** The connection of a robot: what a send asks, and not how many conversations of it are unread. */
  'robots.connection': (db: Reading, id: number) => robots.robotRow(db, id)?.connection_id ?? null,
  'logins.lastUsername': (db: Reading, robotId: number) => logins.lastUsername(db, robotId),
  'logins.underWay': (db: Reading, robotId: number) => logins.loginUnderWay(db, robotId),
  'settings.get': (db: Reading) => settings.getSettings(db),
  'values.get': (db: Reading, name: `.${string}`) => settings.getValue(db, name),
  'leavings.list': (db: Reading) => leavings.listLeavings(db),
  'reach.list': (db: Reading) => reach.listReach(db),
  'secrets.names': (db: Reading) => secrets.secretNames(db),
  'secrets.get': (db: Reading, name: string) => secrets.getSecret(db, name),
  'secrets.keptAt': (db: Reading, name: string) => secrets.secretKeptAt(db, name),
  'friends.list': (db: Reading, input: friends.FriendQuery) => {
    if (input.robotId !== undefined) robots.requireRobot(db, input.robotId)
    return friends.listFriends(db, input)
  },
  'groups.list': (db: Reading, input: groups.GroupQuery) => {
    if (input.robotId !== undefined) robots.requireRobot(db, input.robotId)
    return groups.listGroups(db, input)
  },
  'groups.get': (db: Reading, input: { robotId: number; groupId: string }) =>
    groups.getGroup(db, input.robotId, input.groupId) ?? null,
  'conversations.list': (db: Reading, input: conversations.ConversationQuery & { locale: Locale }) =>
    conversations.listConversations(db, input, input.locale),
  'conversations.nextFollowUp': (db: Reading) => care.nextFollowUp(db),
  'quickReplies.list': (db: Reading) => quickReplies.listQuickReplies(db),
  'tags.list': (db: Reading) => tags.listTags(db),
  'conversations.get': (db: Reading, input: { robotId: number; peer: Peer; locale: Locale }) => {
    robots.requireRobot(db, input.robotId)
    return conversations.conversationWith(db, input.robotId, input.peer, input.locale)
  },
  'messages.get': (db: Reading, input: { id: number; locale: Locale }) =>
    messages.messageWithOrigin(db, input.id, input.locale),
  'scheduled.list': (db: Reading) => scheduled.listScheduled(db),
  'scheduled.next': (db: Reading) => scheduled.nextScheduled(db),
  'people.get': (db: Reading, input: { robotId: number; id: string }) => getPerson(db, input.robotId, input.id),
  'conversations.export': (db: Reading, input: ExportInput) => exportPiece(db, input),
  'messages.page': (db: Reading, input: messagePages.PageQuery & ConversationKey & { locale: Locale }) => {
    robots.requireRobot(db, input.robotId)
    const row = conversations.findConversation(db, input.robotId, input.peer)
    return messagePages.pageMessages(db, row, input, input.locale)
  },
  'messages.search': (db: Reading, input: Paging & { query: string; robotId?: number | undefined; locale: Locale }) =>
    searchMessages(db, input, input.locale),
  'operations.list': (db: Reading, input: operations.OperationQuery & { locale: Locale }) =>
    operations.listOperations(db, input, input.locale),
  'operations.get': (db: Reading, input: { id: number; locale: Locale }) =>
    operations.operationItem(db, input.id, input.locale) ?? null,
  'operations.nextDeadline': (db: Reading) => operations.nextDeadline(db),
  'late.list': (db: Reading, input: Paging & late.LateWhich) => ({
    ...late.listLate(db, input),
    summary: late.lateSummary(db, input),
  }),
  'late.newest': (db: Reading) => late.newestOperation(db),
  'watch.facts': (db: Reading, afterCallbackId: number) => watch.watchFacts(db, afterCallbackId),
  'watch.marks': (db: Reading) => watch.callbackMarks(db),
  'watch.silences': (db: Reading, connectionId: number) => watch.silences(db, connectionId),
  'watch.open': (db: Reading) => watch.openAlarms(db),
  'watch.alarms': (db: Reading, paging: Paging) => watch.listAlarms(db, paging),
  'watch.deliveries': (db: Reading, paging: Paging) => deliveries.listDeliveries(db, paging),
  'watch.delivery': (db: Reading, id: number) => deliveries.deliveryRow(db, id),
  'watch.due': (db: Reading, input: { now: number; farMs: number }) => deliveries.dueDelivery(db, input),
  'watch.nextDelivery': (db: Reading) => deliveries.nextDelivery(db),
  'pictures.byLink': (db: Reading, link: string) => pictures.pictureByLink(db, link),
  'pictures.byName': (db: Reading, name: { name: string; addressHash: string }) => pictures.pictureByName(db, name),
  'pictures.isBase': (db: Reading, base: string) => pictures.isPictureBase(db, base),
  'pictures.sameFile': (db: Reading, digest: string) => pictures.sameFile(db, digest),
  'pictures.offered': (db: Reading) => pictures.offeredPictures(db),
  'pictures.kept': (db: Reading) => pictures.keptPictures(db),
  'calls.list': (db: Reading, input: calls.CallQuery) => calls.listCalls(db, input),
  'calls.search': (db: Reading, input: calls.CallQuery) => calls.listCalls(db, input),
  'calls.get': (db: Reading, id: number) => calls.callDetail(db, id) ?? null,
  'callbacks.list': (db: Reading, input: callbacks.CallbackQuery) => callbacks.listCallbacks(db, input),
  'callbacks.search': (db: Reading, input: callbacks.CallbackQuery) => callbacks.listCallbacks(db, input),
  'callbacks.get': (db: Reading, id: number) => callbacks.callbackItem(db, id) ?? null,
}

/** Reading that can take long and must not stand before a screen's. */
export const longReads: readonly (keyof typeof readerMethods)[] = [
  'backups.check',
  'archives.adopt',
  'storage.sizes',
  'measures.count',
  'database.check',
  'messages.search',
  'conversations.export',
  'callbacks.search',
  'calls.search',
  'connections.removal',
]

type Tail<Method> = Method extends (first: never, ...rest: infer Rest) => unknown ? Rest : never
/** The methods of a thread as seen from outside: without the thread's own context, and asynchronous. */
export type Remote<Methods> = <Name extends keyof Methods>(
  name: Name,
  ...input: Tail<Methods[Name]>
) => Promise<Methods[Name] extends (...args: never[]) => infer Result ? Result : never>

export type WriterCall = Remote<typeof writerMethods>
export type ReaderCall = Remote<typeof readerMethods>
