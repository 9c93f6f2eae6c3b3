import type { Peer } from '#shared/contract/common.ts'
import { AppError } from '#shared/contract/errors.ts'
import { key, keyOrUndefined, type EntriesOf, type Handlers } from './context.ts'

/** How many are settled in one transaction: acknowledgements do not wait longer than that. */
const atOnce = 100

/** A peer is one of a robot's. @throws AppError invalid-input */
function requireRobot(robotId: string | undefined, peer: Peer | undefined): void {
  if (peer && robotId === undefined) throw new AppError('invalid-input', { field: 'robotId', problem: 'required' })
}

export const lateHandlers: Handlers<EntriesOf<'late'>> = {
  'late.list': ({ robotId, ...rest }, { store }) => {
    requireRobot(robotId, rest.peer)
    return store.read('late.list', { ...rest, robotId: keyOrUndefined(robotId) })
  },

  'late.settle': async ({ as, messageIds, robotId, peer }, { store }) => {
    requireRobot(robotId, peer)
    const decision = { as, messageIds: messageIds?.map(key), robotId: keyOrUndefined(robotId), peer, limit: atOnce }
    const upTo = await store.read('late.newest')
    let messages = 0
    for (let settled = atOnce; settled === atOnce; messages += settled) {
      settled = await store.write('late.settle', { ...decision, upTo })
    }
    return { messages }
  },
}
