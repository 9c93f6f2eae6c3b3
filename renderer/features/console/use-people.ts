/** Friends and groups of a robot by id, as suggestions; what cannot be loaded is simply not suggested. */
import { ref, watch, type Ref } from 'vue'
import { call } from '@/bridge/index.ts'

export interface People {
  friends: ReadonlyMap<string, string>
  groups: ReadonlyMap<string, string>
}

/** As many as one page gives. */
const most = 500

/** @param robotId the robot's id, or undefined while none is known */
export function usePeople(robotId: () => string | undefined): Ref<People> {
  const people = ref<People>({ friends: new Map(), groups: new Map() })
  watch(
    robotId,
    async (id) => {
      people.value = { friends: new Map(), groups: new Map() }
      if (id === undefined) return
      const [friends, groups] = await Promise.all([
        call('friends.list', { robotId: id, limit: most }),
        call('groups.list', { robotId: id, limit: most }),
      ])
      if (robotId() !== id) return
      people.value = {
        friends: new Map(friends.ok ? friends.result.items.map((item) => [item.id, item.remark || item.name]) : []),
        groups: new Map(groups.ok ? groups.result.items.map((item) => [item.id, item.name]) : []),
      }
    },
    { immediate: true },
  )
  return people
}
