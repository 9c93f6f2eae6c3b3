/** The settings of this machine, where the host is the desktop. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type {
  DesktopChanges,
  DesktopEntry,
  DesktopInput,
  DesktopState,
  ServerChoice,
} from '#shared/contract/desktop.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { desktop } from '@/bridge/index.ts'

export const useDesktop = defineStore('desktop', () => {
  /** Null in a browser, and before it was asked for. */
  const state = shallowRef<DesktopState | null>(null)
  const host = desktop()

  host?.onEvent((event) => {
    if (event.event === 'desktop.changed') state.value = event.data
  })

  async function load(): Promise<void> {
    const answer = await host?.call('desktop.get', {})
    if (answer?.ok) state.value = answer.result
  }

  /** For entries that answer with the whole state. */
  async function become<Name extends DesktopEntry>(
    entry: Name,
    input: DesktopInput<Name>,
  ): Promise<ContractError | null> {
    const answer = await host?.call(entry, input)
    if (!answer) return null
    if (!answer.ok) return answer.error
    state.value = answer.result as DesktopState
    return null
  }

  const change = (changes: DesktopChanges): Promise<ContractError | null> => become('desktop.set', changes)

  /** Tries a server and keeps nothing. @returns what is wrong */
  async function testServer(choice: ServerChoice): Promise<ContractError | null> {
    const answer = await host?.call('server.test', choice)
    return !answer || answer.ok ? null : answer.error
  }

  /** Tries a server and keeps it, from the next start on. */
  const useServer = (choice: ServerChoice): Promise<ContractError | null> => become('server.use', choice)
  /** From the next start on the own data. @param forget the server and its token, at once */
  const useOwn = (forget: boolean): Promise<ContractError | null> => become('server.own', { forget })

  return { state, load, change, testServer, useServer, useOwn }
})
