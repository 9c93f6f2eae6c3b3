/** The way by a relay: which robots' callbacks this host fetches, and which another does. */
import { z } from 'zod'
import { done, id, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'
import { relayLeavingSchema } from '../relay-leaving.ts'

export const relayRobotSchema = z.object({
  /** Null: no robot of this number was added here. */
  robotId: id.nullable(),
  /** Null where the number itself cannot be told (it is kept as a hash). */
  serialNo: z.string().nullable(),
  /**
   * `here`: this host fetches its callbacks. `elsewhere`: another host does. `handed-over`: this host gave it up and
   * nobody has taken it yet. `asking`: not known yet. `nobody`: callbacks wait, and no host of this name has the robot.
   */
  standing: z.enum(['here', 'elsewhere', 'handed-over', 'asking', 'nobody']),
  /** The host that fetches; null where none is known. */
  hostName: z.string().nullable(),
  since: timeOrNull,
  /** Callbacks that lie in the stream. */
  waiting: z.int(),
})
export type RelayRobot = z.output<typeof relayRobotSchema>

export const relayEntries = {
  'relay.robots': entry(
    'Where the callbacks of the robots of a connection with a relay go, asked of NATS now.',
    z.object({ connectionId: id }),
    z.object({ items: z.array(relayRobotSchema) }),
    ['not-found', 'not-allowed-now', 'reach-lost'],
  ),
  'relay.handOver': entry(
    'No longer fetches a robot’s callbacks, so that another host can: what is under way is kept first, what comes then waits in the stream for the host that has the robot too, or takes it. Its history stays.',
    z.object({ robotId: id }),
    done,
    ['not-found', 'not-allowed-now', 'reach-lost'],
  ),
  'relay.take': entry(
    'Fetches a robot’s callbacks from here on, whichever host did before: for a robot that was handed over, or whose host is gone.',
    z.object({ robotId: id }),
    done,
    ['not-found', 'not-allowed-now', 'reach-lost'],
  ),
  'relay.leavings': entry(
    'Relays that were left (another way, another server or name, another merchant’s number, a connection removed) and where something of this host is still to be done, oldest first. It is done by itself as soon as the server can be reached: the callback URL there is closed, what waits for this host’s robots is fetched, and the robots are given up.',
    z.object({}),
    z.object({ items: z.array(relayLeavingSchema) }),
  ),
  'relay.giveUp': entry(
    'Leaves a relay to itself: what waits there for this host is fetched no more, its callback URL may stay open there, and its robots stay written down as this host’s until another takes them.',
    z.object({ id }),
    done,
    ['not-found'],
  ),
}
