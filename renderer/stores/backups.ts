/** The backups that there are, and how far one is that is being made. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Backup } from '#shared/contract/entries/backups.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { notLoaded, type Loading } from './load.ts'

export const useBackups = defineStore('backups', () => {
  const items = shallowRef<readonly Backup[]>([])
  const loading = shallowRef<Loading>(notLoaded())
  /** Of 1; null where none is under way. */
  const progress = ref<number | null>(null)

  async function load(): Promise<void> {
    if (loading.value.state !== 'ready') loading.value = { state: 'loading', error: null }
    const answer = await call('backups.list', {})
    if (answer.ok) items.value = answer.result.items
    loading.value = answer.ok ? { state: 'ready', error: null } : { state: 'failed', error: answer.error }
  }

  onEvent('backups.changed', (changed) => {
    progress.value = changed.progress
    if (changed.progress === null) void load()
  })

  return { items, loading, progress, load }
})
