/** The engine's settings as they are now. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import { settingsSchema, type Settings } from '#shared/contract/entries/system.ts'
import { call, onEvent } from '@/bridge/index.ts'

export const useSettings = defineStore('settings', () => {
  const values = shallowRef<Settings>(settingsSchema.parse({}))

  onEvent('settings.changed', (settings) => {
    values.value = settings
  })

  async function load(): Promise<ContractError | null> {
    const answer = await call('settings.get', {})
    if (answer.ok) values.value = answer.result
    return answer.ok ? null : answer.error
  }

  /** Changes what is given; shown at once, taken back if the engine refuses. */
  async function change(changes: Partial<Settings>): Promise<ContractError | null> {
    const before = values.value
    values.value = { ...before, ...changes }
    const answer = await call('settings.set', changes)
    if (answer.ok) return null
    values.value = before
    return answer.error
  }

  /** Takes what a locked page is told: how it is to look, and no more. */
  function look(shown: Partial<Settings>): void {
    values.value = { ...values.value, ...shown }
  }

  return { values, load, change, look }
})
