/** Tags of conversations, by name. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Tag } from '#shared/contract/entries/conversations.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call, onEvent } from '@/bridge/index.ts'

export const useTags = defineStore('tags', () => {
  const items = shallowRef<readonly Tag[]>([])
  const byId = computed(() => new Map(items.value.map((tag) => [tag.id, tag])))
  onEvent('tags.changed', (changed) => {
    items.value = changed.items
  })

  async function load(): Promise<ContractError | null> {
    const answer = await call('tags.list', {})
    if (answer.ok) items.value = answer.result.items
    return answer.ok ? null : answer.error
  }

  return { items, byId, load }
})
