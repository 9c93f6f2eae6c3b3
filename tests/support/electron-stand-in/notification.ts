/** `Notification`, as each system has it: STAND_IN_PLATFORM is not asked; what Linux has not, it has not here either. */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { app } from './app.ts'
import { makeEvent } from './emitter.ts'

interface Options {
  readonly id?: string
  readonly groupId?: string
  readonly groupTitle?: string
  readonly title: string
  readonly body: string
  readonly silent?: boolean
  readonly hasReply?: boolean
  readonly replyPlaceholder?: string
}

/** Notifications that were shown, oldest first; a test asks for them by the command `notifications`. */
export const notifications: (Options & { readonly isShown: boolean })[] = []
const live: Notification[] = []
const knowsReplies = process.platform === 'darwin' || process.platform === 'win32'

export class Notification extends EventEmitter {
  readonly id: string
  readonly #options: Options
  #index = -1
  constructor(options: Options) {
    super()
    this.#options = options
    this.id = options.id || randomUUID()
  }
  static isSupported(): boolean {
    return true
  }
  show(): void {
    app.demandReady('Notification')
    // By its id it takes the place of another; Linux knows none.
    if (knowsReplies) live.find(({ id }) => id === this.id)?.close()
    this.#index = notifications.push({ ...this.#options, isShown: true }) - 1
    live.push(this)
  }
  close(): void {
    const at = live.indexOf(this)
    if (at < 0) return
    live.splice(at, 1)
    notifications[this.#index] = { ...this.#options, isShown: false }
    this.emit('close', makeEvent({ reason: 'applicationHidden' }))
  }
  /** The operator presses it. */
  press(): void {
    this.emit('click', makeEvent({}))
  }
  /** The operator answers in its field. */
  answer(reply: string): void {
    if (!knowsReplies || !this.#options.hasReply) throw new Error('there is no field for a reply')
    this.emit('reply', makeEvent({ reply }), reply)
  }
}

/** The newest that is shown with a title. */
export function shownWith(title: string): Notification {
  const at = notifications.findLastIndex((one) => one.isShown && one.title === title)
  const found = live.find((one) => one.id === notifications[at]?.id) ?? live.at(-1)
  if (at < 0 || !found) throw new Error(`no notification is shown with the title ${title}`)
  return found
}
