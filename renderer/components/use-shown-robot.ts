/** Whose people a screen shows: named by the address, else the one looked at last, else the first or all. */
import { useStorage } from '@vueuse/core'
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useRobots } from '@/stores/robots.ts'

/** In an address, for the people of every robot. */
export const allRobots = 'all'

/** @returns a robot's id, `all`, or nothing where there are no robots */
export function useShownRobots(): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  const robots = useRobots()
  const last = useStorage('switchboard.robot', '', sessionStorage)
  return computed({
    get: () =>
      [route.query['robot'], last.value].find(
        (id): id is string => typeof id === 'string' && (id === allRobots || robots.byId.has(id)),
      ) ??
      robots.items[0]?.id ??
      '',
    set: (id) => {
      last.value = id
      void router.replace({ params: {}, query: { ...route.query, robot: id } })
    },
  })
}
