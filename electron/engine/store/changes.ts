/** What a transaction changed, by id, each thing once however often it was touched. */
import type { Peer, PeerKind } from '#shared/contract/common.ts'
import { namedIds, type CallbackEffect } from '#shared/contract/reading.ts'
import type { CallbackNews, Login } from '#shared/contract/entries/record.ts'
import type { Lane, Wake } from './lanes.ts'
import type { MessageRow } from './messages.ts'

/** When a message last came, went, or was written, milliseconds UTC. */
export interface Heard {
  in?: number
  out?: number
  active?: number
}

/**
 * How a message changed. `moved`: it went on as was to be expected, from queued to sending to accepted, which its
 * conversation shows only where it is the last one there.
 */
type HowMessage = 'added' | 'changed' | 'moved'

export class Changes {
  readonly messagesTouched = new Map<number, HowMessage>()
  /** Messages that are being sent from now on, with their operations, as far as nothing else changed of them. */
  readonly claimed = new Map<number, number>()
  /** Whether all is undone where anything fails: only then what was written is what will be there. */
  readonly whole: boolean
  /** New messages as they were written, where nothing changed them since and all of them stay. */
  readonly written = new Map<number, MessageRow>()
  readonly conversationsTouched = new Set<number>()
  readonly robotsTouched = new Set<number>()
  readonly friendsTouched = new Set<number>()
  readonly groupsTouched = new Set<number>()
  readonly peersTouched = new Map<string, { robotId: number; kind: PeerKind; id: string }>()
  readonly operationsTouched = new Set<number>()
  readonly callsTouched = new Set<number>()
  /** With what is known of each without reading it again. */
  readonly callbacksTouched = new Map<number, CallbackNews>()
  /** Tags were made, changed, removed, or put on something. */
  tags = false
  quickReplies = false
  scheduled = false
  /** Messages that are gone. */
  readonly removed: { robotId: string; peer: Peer; ids: string[] }[] = []
  /** A robot or a connection is gone, and whatever was its own with it. */
  swept = false
  /** Replies were held back, or are so no longer. */
  late = false
  readonly loginsTouched: { robotId: number; operationId: number; login: Login }[] = []
  #effects: CallbackEffect[] | null = null
  /** When robots were last heard of, milliseconds UTC: written once for all that one transaction applied. */
  readonly heard = new Map<number, Heard>()
  /** Robots whose outbox may have something to do now, by lane. */
  readonly #wake = { activity: new Set<number>(), requests: new Set<number>() }

  constructor(whole = true) {
    this.whole = whole
  }

  /** Takes what another, later transaction changed into this one's, but for the robots that it wakes. */
  absorb(later: Changes): void {
    for (const [id, how] of later.messagesTouched) this.message(id, how, later.written.get(id))
    for (const id of later.conversationsTouched) this.conversation(id)
    for (const id of later.robotsTouched) this.robot(id)
    for (const id of later.friendsTouched) this.friends(id)
    for (const id of later.groupsTouched) this.groups(id)
    for (const [key, peer] of later.peersTouched) this.peersTouched.set(key, peer)
    for (const id of later.operationsTouched) this.operation(id)
    for (const [id, operationId] of later.claimed) this.claim(id, operationId)
    for (const id of later.callsTouched) this.call(id)
    for (const [id, news] of later.callbacksTouched) this.callback(id, news)
    this.loginsTouched.push(...later.loginsTouched)
    for (const gone of later.removed) {
      for (const id of gone.ids) {
        this.messagesTouched.delete(Number(id))
        this.claimed.delete(Number(id))
        this.written.delete(Number(id))
      }
      this.removed.push(gone)
    }
    // What is gone is not found where it is read again.
    if (later.swept) this.written.clear()
    this.tags ||= later.tags
    this.quickReplies ||= later.quickReplies
    this.scheduled ||= later.scheduled
    this.late ||= later.late
  }

  /** Messages that are new. */
  added(): number[] {
    return [...this.messagesTouched].filter(([, how]) => how === 'added').map(([id]) => id)
  }

  /** From here on what is noted belongs to one callback. */
  beginEffects(): void {
    this.#effects = []
  }

  /** @returns what was noted since `beginEffects` */
  endEffects(): CallbackEffect[] {
    const effects = this.#effects ?? []
    this.#effects = null
    return effects
  }

  /** Whether what changes is noted: only while a callback is applied. */
  get noting(): boolean {
    return this.#effects !== null
  }

  /** Notes for the record what the callback under way changed; what is alike is counted together. */
  note(
    what: CallbackEffect['what'],
    id: number | string,
    more: Omit<CallbackEffect, 'what' | 'count' | 'ids'> = {},
  ): void {
    if (!this.#effects) return
    const alike = this.#effects.find(
      (effect) => effect.what === what && effect.peer?.id === more.peer?.id && more.to === undefined,
    )
    if (!alike) {
      this.#effects.push({ what, count: 1, ids: [String(id)], ...more })
      return
    }
    alike.count += 1
    if (alike.ids.length < namedIds) alike.ids.push(String(id))
  }

  /** @param row what was written, for a new one: then nobody has to read it back */
  message(id: number, how: HowMessage, row?: MessageRow): void {
    if (row && this.whole) this.written.set(id, row)
    else this.written.delete(id)
    this.claimed.delete(id)
    const before = this.messagesTouched.get(id)
    if (before === undefined || (before !== 'added' && how !== 'moved')) this.messagesTouched.set(id, how)
  }

  /** A message is being sent from now on: most often that is over before anybody could see it. */
  claim(messageId: number, operationId: number): void {
    // What is told anyway is told as it is now.
    if (!this.messagesTouched.has(messageId)) this.claimed.set(messageId, operationId)
    else this.operation(operationId)
    this.written.delete(messageId)
  }

  /** What was claimed and has not changed since, to be told as changes like others. */
  takeClaimed(): Changes {
    const taken = new Changes()
    for (const [id, operationId] of this.claimed) {
      taken.message(id, 'moved')
      taken.operation(operationId)
    }
    this.claimed.clear()
    return taken
  }
  conversation(id: number): void {
    this.conversationsTouched.add(id)
  }
  robot(id: number): void {
    this.robotsTouched.add(id)
  }
  friends(robotId: number): void {
    this.friendsTouched.add(robotId)
  }
  groups(robotId: number): void {
    this.groupsTouched.add(robotId)
  }
  /** A friend's or group's name may have changed: its conversation shows it. */
  peer(robotId: number, kind: PeerKind, id: string): void {
    this.peersTouched.set(`${robotId} ${kind} ${id}`, { robotId, kind, id })
  }
  operation(id: number): void {
    this.operationsTouched.add(id)
  }
  call(id: number): void {
    this.callsTouched.add(id)
  }
  wakeRobot(id: number, lane: Lane): void {
    this.#wake[lane].add(id)
  }
  get wake(): Wake {
    return { activity: [...this.#wake.activity], requests: [...this.#wake.requests] }
  }
  heardOf(robotId: number, direction: 'in' | 'out', at: number): void {
    const heard = this.heard.get(robotId)
    if (heard) heard[direction] = Math.max(heard[direction] ?? 0, at)
    else this.heard.set(robotId, { [direction]: at })
  }
  callback(id: number, news: CallbackNews): void {
    this.callbacksTouched.set(id, news)
  }
  login(robotId: number, operationId: number, login: Login): void {
    this.loginsTouched.push({ robotId, operationId, login })
  }
}
