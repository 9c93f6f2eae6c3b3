/**
 * Puts the bridge on `window.switchboard`. It runs in a world of its own, sandboxed: of Electron it has two
 * modules, of Node nothing. What it hands to the page are functions that pass plain data; never
 * `ipcRenderer` itself, with which a page could reach any channel.
 */
import { contextBridge, ipcRenderer } from 'electron'
import { ipcChannels, type Bridge, type HelloReply, type LinkState } from '#shared/contract/bridge.ts'
import type { ContractError, Locale } from '#shared/contract/errors.ts'
import type { DesktopEvent } from '#shared/contract/desktop.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { contractVersion } from '#shared/contract/version.ts'

const eventListeners = new Set<(events: readonly ContractEvent[]) => void>()
const desktopListeners = new Set<(event: DesktopEvent) => void>()
const linkListeners = new Set<(state: LinkState) => void>()

let link: LinkState = 'connecting'
let locale: Locale = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
/** What a call answers when the host itself does not: its words come with the host's first answer. */
let lost: ContractError = { code: 'connection-lost', message: 'connection-lost', hint: '' }

/** Tells each listener; one that throws is reported and does not keep the news from the others. */
function tell<Value>(listeners: ReadonlySet<(value: Value) => void>, value: Value): void {
  for (const listener of [...listeners]) {
    try {
      listener(value)
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}

function setLink(state: LinkState): void {
  if (link === state) return
  link = state
  tell(linkListeners, link)
}

/** Says hello in the present language; the answer says whether renderer and engine fit. */
async function sayHello(): Promise<void> {
  try {
    const reply = (await ipcRenderer.invoke(ipcChannels.hello, { contractVersion, locale })) as HelloReply
    if (reply.accepted) lost = reply.lost
    setLink(reply.accepted ? reply.link : 'refused')
  } catch {
    setLink('refused')
  }
}

const bridge: Bridge = {
  host: 'desktop',
  async call(entry, input) {
    try {
      return await ipcRenderer.invoke(ipcChannels.call, { entry, input, locale })
    } catch {
      return { ok: false, error: lost }
    }
  },
  onEvents(listener) {
    eventListeners.add(listener)
    return () => {
      eventListeners.delete(listener)
    }
  },
  onLink(listener) {
    linkListeners.add(listener)
    listener(link)
    return () => {
      linkListeners.delete(listener)
    }
  },
  setLocale(next) {
    locale = next
    void sayHello()
  },
  desktop: {
    async call(entry, input) {
      try {
        return await ipcRenderer.invoke(ipcChannels.desktopCall, { entry, input, locale })
      } catch {
        return { ok: false, error: lost }
      }
    },
    onEvent(listener) {
      desktopListeners.add(listener)
      return () => {
        desktopListeners.delete(listener)
      }
    },
  },
}

ipcRenderer.on(ipcChannels.events, (_event, events: readonly ContractEvent[]) => {
  tell(eventListeners, events)
})
ipcRenderer.on(ipcChannels.link, (_event, state: LinkState) => {
  setLink(state)
})
ipcRenderer.on(ipcChannels.desktopEvent, (_event, heard: DesktopEvent) => {
  tell(desktopListeners, heard)
})
contextBridge.exposeInMainWorld('switchboard', bridge)
void sayHello()
