/** All robots, in the order of their adding. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { Robot } from '#shared/contract/entries/robots.ts'
import { call, onEvent } from '@/bridge/index.ts'

/** Whether what is sent now goes out, rather than wait for the robot. DESIGN §7: an unknown state may send. */
export const maySend = (robot: Robot): boolean => robot.state !== 'offline' && robot.state !== 'banned'

/** Whether an operator should have a look. */
export const needsCheck = (robot: Robot): boolean =>
  robot.state === 'offline' || robot.state === 'banned' || robot.state === 'limited'

export const useRobots = defineStore('robots', () => {
  const items = shallowRef<readonly Robot[]>([])
  const byId = computed(() => new Map(items.value.map((robot) => [robot.id, robot])))

  onEvent('robot.changed', (robot) => {
    items.value = byId.value.has(robot.id)
      ? items.value.map((item) => (item.id === robot.id ? robot : item))
      : [...items.value, robot]
  })
  onEvent('robot.removed', ({ id }) => {
    items.value = items.value.filter((robot) => robot.id !== id)
  })
  onEvent('connection.removed', ({ id }) => {
    items.value = items.value.filter((robot) => robot.connectionId !== id)
  })

  async function load(): Promise<ContractError | null> {
    const answer = await call('robots.list', {})
    if (answer.ok) items.value = answer.result.items
    return answer.ok ? null : answer.error
  }

  return {
    items,
    byId,
    load,
    /** Unread conversations of all robots (DESIGN §1). */
    unread: computed(() => items.value.reduce((sum, robot) => sum + robot.unread, 0)),
    online: computed(() => items.value.filter((robot) => robot.state === 'online' || robot.state === 'limited').length),
    toCheck: computed(() => items.value.filter(needsCheck).length),
  }
})
