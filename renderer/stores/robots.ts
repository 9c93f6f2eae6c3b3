/** All robots, by folder, then by their place in it. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { Robot } from '#shared/contract/entries/robots.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { unreadOverAll } from '#shared/unread.ts'
import { call, onEvent } from '@/bridge/index.ts'

/** Whether what is sent now goes out, rather than wait for the robot. DESIGN §7: an unknown state may send. */
export const maySend = (robot: Robot): boolean => robot.state !== 'offline' && robot.state !== 'banned'

/** Whether an operator should have a look. */
export const needsCheck = (robot: Robot): boolean =>
  robot.state === 'offline' || robot.state === 'banned' || robot.state === 'limited'

/** As the engine lists them. */
const byPlace = (one: Robot, other: Robot): number =>
  (one.folder < other.folder ? -1 : Number(one.folder > other.folder)) ||
  one.position - other.position ||
  Number(one.id) - Number(other.id)

export const useRobots = defineStore('robots', () => {
  const items = shallowRef<readonly Robot[]>([])
  const byId = computed(() => new Map(items.value.map((robot) => [robot.id, robot])))

  onEvent('robot.changed', (robot) => {
    const next = byId.value.has(robot.id)
      ? items.value.map((item) => (item.id === robot.id ? robot : item))
      : [...items.value, robot]
    items.value = next.sort(byPlace)
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

  /** Changes how a robot is shown; its event brings the new state. */
  async function update(
    id: string,
    changes: Omit<EntryInput<'robots.update'>, 'id' | 'pace'>,
  ): Promise<ContractError | null> {
    const answer = await call('robots.update', { id, ...changes })
    return answer.ok ? null : answer.error
  }

  return {
    update,
    items,
    byId,
    load,
    /** Unread conversations of all robots (DESIGN §1). */
    unread: computed(() => unreadOverAll(items.value)),
    online: computed(() => items.value.filter((robot) => robot.state === 'online' || robot.state === 'limited').length),
    toCheck: computed(() => items.value.filter(needsCheck).length),
  }
})
