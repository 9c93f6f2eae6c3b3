/** The engine's news to the operator: notifications, tray, badge, the mark on the task bar. */
import { BrowserWindow } from 'electron'
import { conversationSchema } from '#shared/contract/entries/conversations.ts'
import { settingsSchema } from '#shared/contract/entries/system.ts'
import { watchSchema } from '#shared/contract/entries/watch.ts'
import { contract } from '#shared/contract/index.ts'
import type { Locale } from '#shared/contract/errors.ts'
import type { Engine } from '#engine/types.ts'
import { followAlarms } from './alarms.ts'
import { desktopSeat } from './ipc.ts'
import { placeOfPage } from './links.ts'
import { followMessages, type CallsHost } from './message-calls.ts'
import type { Notifier } from './notifications.ts'
import { texts } from './texts.ts'
import { followTray, type FollowedTray, type TrayHost } from './tray-view.ts'

export interface News {
  readonly tray: FollowedTray
  end(): void
}

export interface NewsOptions {
  readonly engine: Pick<Engine, 'call' | 'onEvents' | 'isLocked'>
  readonly notifier: Notifier
  language(): Locale
  show(): void
  /** A message calls: the task bar may flash. */
  called(): void
  showTray: TrayHost['show']
}

/** The robots and alarms, asked anew; who asks does not sit at the lock's seat, and decides itself what to show. */
const asked = (engine: Pick<Engine, 'call'>, locale: () => Locale) => ({
  robots: async () => {
    const robots = await engine.call('robots.list', {}, { locale: locale() })
    return robots.ok ? contract['robots.list'].output.parse(robots.result).items : []
  },
  alarms: async () => {
    const watch = await engine.call('watch.get', {}, { locale: locale() })
    return watch.ok ? watchSchema.parse(watch.result).alarms : []
  },
  settings: async () => {
    const settings = await engine.call('settings.get', {}, { locale: locale() })
    return settings.ok ? settingsSchema.parse(settings.result) : null
  },
  conversation: async ({ robotId, peer: { kind, id } }: Parameters<CallsHost['conversation']>[0]) => {
    const found = await engine.call('conversations.get', { robotId, peer: { kind, id } }, { locale: locale() })
    return found.ok ? conversationSchema.parse(found.result) : null
  },
})

/** Follows a running engine. */
export function followNews({ engine, notifier, language, show, called, showTray }: NewsOptions): News {
  const onEvents: Engine['onEvents'] = (listener) => engine.onEvents(listener)
  const isLocked = (): boolean => engine.isLocked(desktopSeat)
  const ask = asked(engine, language)
  const endAlarms = followAlarms({
    onEvents,
    isLocked,
    isLookedAt: () => BrowserWindow.getFocusedWindow() !== null,
    language,
    notify: (notice, isGeneral) => {
      notifier.tell(notice, show, isGeneral)
    },
  })
  const endMessages = followMessages({
    onEvents,
    isLocked,
    language,
    watched: () => placeOfPage(BrowserWindow.getFocusedWindow()?.webContents.getURL() ?? ''),
    settings: ask.settings,
    robots: ask.robots,
    conversation: ask.conversation,
    show: (call) => {
      notifier.call(call, { replyPlaceholder: texts[language()].reply })
      called()
    },
    dismiss: (id) => {
      notifier.dismiss(id)
    },
    clear: () => {
      notifier.clear()
    },
  })
  const tray = followTray({
    onEvents,
    isLocked,
    language,
    load: async () => {
      const [robots, alarms] = await Promise.all([ask.robots(), ask.alarms()])
      return { robots, alarms }
    },
    show: showTray,
  })
  return {
    tray,
    end() {
      endAlarms()
      endMessages()
      tray.end()
    },
  }
}
