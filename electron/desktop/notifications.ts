/** Shows notifications of the system. What they say is decided in `message-calls.ts` and `alarms.ts`. */
import { Notification, type NotificationCloseEventParams } from 'electron'
import type { AlarmNotice } from './alarms.ts'
import type { MessageCall, Place } from './message-calls.ts'

export interface Notifier {
  /** @param isGeneral it names nobody, and stays while locked */
  tell(notice: AlarmNotice, open: () => void, isGeneral?: boolean): void
  call(call: MessageCall, words: { replyPlaceholder: string }): void
  dismiss(id: string): void
  /** Takes back everything that may name somebody. */
  clear(): void
}

export interface NotifierOptions {
  readonly platform: NodeJS.Platform
  open(destination: MessageCall['destination']): void
  reply(place: Place, text: string): void
  /** The system makes no sound of its own. */
  sound(): void
}

/** As many as may be clicked or answered still; older ones are taken back. */
const mostKept = 100

/**
 * Makes the notifier. Systems that have a "do not disturb" hold these back, with their sound: it is theirs. Linux knows
 * no sound of its own for them, so the window makes it.
 */
export function makeNotifier({ platform, open, reply, sound }: NotifierOptions): Notifier {
  // What nobody holds is collected, and its clicks with it.
  const shown = new Map<string, Notification>()
  const general = new Set<string>()
  let told = 0
  const dismiss = (id: string): void => {
    const notification = shown.get(id)
    // Forgotten first: closing tells so, too.
    shown.delete(id)
    general.delete(id)
    notification?.close()
  }
  const keep = (id: string, notification: Notification): void => {
    shown.delete(id)
    shown.set(id, notification)
    notification.on('close', ({ reason }: NotificationCloseEventParams) => {
      // It lies in the system's list still, and has to be taken back from there.
      if (reason === 'timedOut' || shown.get(id) !== notification) return
      shown.delete(id)
      general.delete(id)
    })
    for (const oldest of [...shown.keys()].slice(0, -mostKept)) dismiss(oldest)
  }
  return {
    tell(notice, opened, isGeneral = false) {
      if (!Notification.isSupported()) return
      told += 1
      const id = `told ${told}`
      const notification = new Notification(notice)
      notification.on('click', opened)
      keep(id, notification)
      if (isGeneral) general.add(id)
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
      // Where the system does not replace it by its id.
      if (isLinux) dismiss(id)
      keep(id, notification)
      notification.show()
      if (isLinux && !call.silent) sound()
    },
    dismiss,
    clear() {
      for (const id of [...shown.keys()]) if (!general.has(id)) dismiss(id)
    },
  }
}
