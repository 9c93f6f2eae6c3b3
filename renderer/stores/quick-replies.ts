/** The texts that operators send often, by folder and title. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { QuickReply } from '#shared/contract/entries/quick-replies.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { notLoaded, type Loading } from './load.ts'

export const useQuickReplies = defineStore('quick-replies', () => {
  const items = shallowRef<readonly QuickReply[]>([])
  const loading = shallowRef<Loading>(notLoaded())
  const folders = computed(() => [...new Set(items.value.map((item) => item.folder))].filter((name) => name !== ''))
  onEvent('quickReplies.changed', (changed) => {
    items.value = changed.items
  })

  async function load(): Promise<void> {
    loading.value = { state: 'loading', error: null }
    const answer = await call('quickReplies.list', {})
    if (answer.ok) items.value = answer.result.items
    loading.value = answer.ok ? { state: 'ready', error: null } : { state: 'failed', error: answer.error }
  }

  return { items, folders, loading, load }
})
