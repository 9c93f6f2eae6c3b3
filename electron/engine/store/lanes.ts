/** The two lanes of a robot's outbox, which go beside each other. */
import type { OperationKind } from '#shared/contract/entries/record.ts'

/** Messages and whatever else a platform counts as activity go one after another; requests beside them. */
export type Lane = 'activity' | 'requests'

export const lanes: readonly Lane[] = ['activity', 'requests']

/** Kinds that go beside the pace: log-ins and what only asks. */
export const requestKinds: readonly OperationKind[] = [
  'login',
  'logout',
  'refresh-friends',
  'refresh-groups',
  'get-groups',
]

export const laneOf = (kind: OperationKind): Lane => (requestKinds.includes(kind) ? 'requests' : 'activity')

/** Robots whose outbox may have something to do now, by lane. */
export type Wake = Readonly<Record<Lane, readonly number[]>>
