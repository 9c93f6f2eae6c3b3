/** Shows notifications of the system. What they say is decided in `message-calls.ts` and `alarms.ts`. */
import { Notification } from 'electron'
import type { AlarmNotice } from './alarms.ts'
import type { MessageCall, Place } from './message-calls.ts'

export interface Notifier {
  tell(notice: AlarmNotice, open: () => void): void
  call(call: MessageCall, words: { replyPlaceholder: string }): void
  dismiss(id: string): void
}

export interface NotifierOptions {
  readonly platform: NodeJS.Platform
  open(destination: MessageCall['destination']): void
  reply(place: Place, text: string): void
  /** The system makes no sound of its own. */
  sound(): void
}

/** As many as may be clicked or answered still; older ones lead nowhere. */
const mostKept = 100

/**
 * Makes the notifier. Systems that have a "do not disturb" hold these back, with their sound: it is theirs. Linux knows
 * no sound of its own for them, so the window makes it.
 */
export function makeNotifier({ platform, open, reply, sound }: NotifierOptions): Notifier {
  // What nobody holds is collected, and its clicks with it.
  const shown = new Map<string, Notification>()
  const forget = (id: string, notification: Notification): void => {
    if (shown.get(id) === notification) shown.delete(id)
  }
  return {
    tell(notice, opened) {
      if (!Notification.isSupported()) return
      const id = `alarm ${notice.title}`
      const notification = new Notification(notice)
      notification.on('click', opened)
      shown.set(id, notification)
      notification.on('close', () => {
        forget(id, notification)
      })
      notification.show()
    },
    call(call, { replyPlaceholder }) {
      if (!Notification.isSupported()) return
      const { id, group, title, body, destination, replyTo } = call
      const isLinux = platform === 'linux'
      const notification = new Notification({
        id,
        ...(group ? { groupId: group.id, groupTitle: group.title } : {}),
        title,
        body,
        silent: call.silent || isLinux,
        ...(replyTo && !isLinux ? { hasReply: true, replyPlaceholder } : {}),
      })
      notification.on('click', () => {
        open(destination)
      })
      notification.on('reply', ({ reply: text }) => {
        if (replyTo && text.trim() !== '') reply(replyTo, text)
      })
      notification.on('close', () => {
        forget(id, notification)
      })
      // Where the system does not replace it by its id.
      if (isLinux) shown.get(id)?.close()
      shown.delete(id)
      shown.set(id, notification)
      for (const [oldest] of shown) {
        if (shown.size <= mostKept) break
        shown.delete(oldest)
      }
      notification.show()
      if (isLinux && !call.silent) sound()
    },
    dismiss(id) {
      shown.get(id)?.close()
      shown.delete(id)
    },
  }
}
