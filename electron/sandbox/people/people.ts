/** Simulated people: they write when a robot is online, and answer when they are answered. */
import type { Group, Person, Robot } from '../model.ts'
import { pictureCount } from '../pictures.ts'
import type { Platform } from '../platform.ts'
import type { Settings } from '../settings.ts'
import { randomFrom, type Random } from '../random.ts'
import { friendOf, groupOf, isOnline, personOf } from '../world.ts'
import { Dialogue } from './dialogue.ts'

/** From one unasked message of a robot's people to the next, in milliseconds. */
const pauses = { calm: [20_000, 60_000], busy: [3000, 9000] } as const

/** People fall silent while so many callbacks of their merchant wait: nobody seems to listen. */
const patience = 200

type Peer = { userId: string } | { groupId: string }

export class People {
  readonly #platform: Platform
  readonly #dialogues = new Map<string, Dialogue>()
  readonly #randoms = new Map<string, Random>()
  #liveliness: Settings['liveliness'] | undefined
  /** Calls off the next unasked message, by robot. */
  readonly #next = new Map<string, () => void>()
  /** Calls off an answer under way, by robot and peer. */
  readonly #answers = new Map<string, () => void>()

  constructor(platform: Platform) {
    this.#platform = platform
    platform.onOnline = (robot) => {
      this.#schedule(robot, platform.span(platform.settings.firstMessageMs))
    }
    platform.onWritten = (robot, peer, type, content) => {
      this.#hear(robot, peer, type, content)
    }
    platform.onSettings = () => {
      if (platform.settings.liveliness !== this.#liveliness) this.start()
    }
  }

  /** Lets the people of every online robot write. */
  start(): void {
    this.#liveliness = this.#platform.settings.liveliness
    for (const robot of this.#platform.world.state.robots)
      if (isOnline(robot)) this.#schedule(robot, this.#platform.span(this.#platform.settings.firstMessageMs))
  }

  #schedule(robot: Robot, ms: number): void {
    this.#next.get(robot.serialNo)?.()
    this.#next.delete(robot.serialNo)
    const { liveliness } = this.#platform.settings
    if (liveliness === 'off') return
    const callOff = this.#platform.timers.after(ms, () => {
      if (!isOnline(robot)) return
      if (this.#platform.deliveries.waitingFor(robot.merchantNo) < patience) this.#speakUp(robot)
      this.#schedule(robot, this.#platform.span(pauses[liveliness]))
    })
    this.#next.set(robot.serialNo, callOff)
  }

  /** Somebody writes unasked. */
  #speakUp(robot: Robot): void {
    const random = this.#randomOf(robot)
    const groups = robot.groups.filter((group) => !group.left && group.members.length > 1)
    const group = random.pick(groups)
    if (group && random.next() < 0.2) {
      this.#chat(robot, group)
      return
    }
    const friends = robot.people.filter((person) => person.friend)
    const silent = friends.filter((person) => !this.#dialogueOf(robot, person).waiting)
    const person = random.pick(silent.length > 0 ? silent : friends)
    if (!person) return
    const dialogue = this.#dialogueOf(robot, person)
    if (random.next() < 0.12) {
      this.#picture(robot, person)
      this.#write(robot, person, dialogue.withPicture())
      return
    }
    const line = dialogue.begin()
    if (line !== null) this.#write(robot, person, line)
  }

  /** A robot wrote: whoever it was to answers, once, a moment after the last message. */
  #hear(robot: Robot, peer: Peer, type: string, content: string): void {
    if (!this.#platform.settings.answers) return
    const key = `${robot.serialNo}/${'userId' in peer ? peer.userId : peer.groupId}`
    this.#answers.get(key)?.()
    const callOff = this.#platform.timers.after(this.#platform.span(this.#platform.settings.answerMs), () => {
      this.#answers.delete(key)
      if (isOnline(robot)) this.#answer(robot, peer, type, content)
    })
    this.#answers.set(key, callOff)
  }

  #answer(robot: Robot, peer: Peer, type: string, content: string): void {
    if ('groupId' in peer) {
      const group = groupOf(robot, peer.groupId)
      const person = group && this.#memberOf(robot, group)
      if (group && person)
        this.#writeInGroup(robot, group, person, this.#dialogueOf(robot, person).answer(type, content))
      return
    }
    const person = friendOf(robot, peer.userId)
    if (!person) return
    this.#write(robot, person, this.#dialogueOf(robot, person).answer(type, content))
    if (this.#randomOf(robot).next() < 0.08) this.#picture(robot, person)
  }

  #chat(robot: Robot, group: Group): void {
    const person = this.#memberOf(robot, group)
    if (person) this.#writeInGroup(robot, group, person, this.#dialogueOf(robot, person).chat())
  }

  #memberOf(robot: Robot, group: Group): Person | undefined {
    const members = group.members.map(({ userId }) => personOf(robot, userId)).filter((person) => person !== undefined)
    return this.#randomOf(robot).pick(members)
  }

  #write(robot: Robot, person: Person, text: string): void {
    this.#platform.callback(robot, this.#platform.bodies.message(robot, '', person, robot.userId, '0', text))
  }

  #picture(robot: Robot, person: Person): void {
    const link = `${this.#platform.url}/pictures/${this.#randomOf(robot).between(1, pictureCount)}.png`
    this.#platform.callback(robot, this.#platform.bodies.message(robot, '', person, robot.userId, '1', link))
  }

  #writeInGroup(robot: Robot, group: Group, person: Person, text: string): void {
    this.#platform.callback(robot, this.#platform.bodies.groupMessage(robot, '', person, group.groupId, '0', text))
  }

  #dialogueOf(robot: Robot, person: Person): Dialogue {
    const key = `${robot.serialNo}/${person.userId}`
    const dialogue = this.#dialogues.get(key) ?? new Dialogue(person.language, this.#randomOf(robot))
    this.#dialogues.set(key, dialogue)
    return dialogue
  }

  #randomOf(robot: Robot): Random {
    const random = this.#randoms.get(robot.serialNo) ?? randomFrom(this.#platform.world.state.seed, robot.serialNo)
    this.#randoms.set(robot.serialNo, random)
    return random
  }
}
