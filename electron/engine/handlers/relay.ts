import { key, type EntriesOf, type Handlers } from './context.ts'

export const relayHandlers: Handlers<EntriesOf<'relay'>> = {
  'relay.robots': async ({ connectionId }, { relay }) => ({ items: await relay.robots(key(connectionId)) }),

  'relay.handOver': async ({ robotId }, { relay }) => {
    await relay.move(robotId, 'elsewhere')
    return {}
  },

  'relay.leavings': async (_input, { reach }) => ({ items: reach.leavings.items() }),

  'relay.giveUp': async ({ id }, { reach }) => {
    await reach.leavings.giveUp(key(id))
    return {}
  },

  'relay.take': async ({ robotId }, { relay }) => {
    await relay.move(robotId, 'here')
    return {}
  },
}
