/** Asks the platform for the friends or groups of one robot or of all; each robot has an operation of its own. */
import type { Robot } from '#shared/contract/entries/robots.ts'
import { call } from '@/bridge/index.ts'
import type { BatchItem } from '@/stores/batch.ts'
import { allRobots } from './use-shown-robot.ts'

export function refreshOf(
  entry: 'friends.refresh' | 'groups.refresh',
  shown: string,
  robots: readonly Robot[],
): Promise<BatchItem[]> {
  const ids = shown === allRobots ? robots.map((robot) => robot.id) : [shown]
  return Promise.all(
    ids.map(async (robotId) => {
      const answer = await call(entry, { robotId })
      return answer.ok
        ? { key: robotId, operationId: answer.result.operationId }
        : { key: robotId, operationId: null, refused: answer.error }
    }),
  )
}
