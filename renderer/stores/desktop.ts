/** The settings of this machine, where the host is the desktop. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { DesktopChanges, DesktopState } from '#shared/contract/desktop.ts'
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

  async function change(changes: DesktopChanges): Promise<ContractError | null> {
    const answer = await host?.call('desktop.set', changes)
    if (!answer) return null
    if (!answer.ok) return answer.error
    state.value = answer.result
    return null
  }

  return { state, load, change }
})
