import { z } from 'zod'
import { done, id, page, paging, platformId, started, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'
import { ownPaceSchema, robotAction, waitSchema } from './pace.ts'

export const robotState = z.enum(['unknown', 'logging-in', 'online', 'offline', 'limited', 'banned'])
export type RobotState = z.infer<typeof robotState>

export const loginMethod = z.enum(['password', 'qr', 'cached'])
export type LoginMethod = z.infer<typeof loginMethod>

/** A function that the platform has limited. */
const limitSchema = z.object({
  code: z.string(),
  text: z.string(),
  /** What is held back for it; null for a code that the connection's table does not know: then nothing is. */
  forbids: z.array(robotAction).nullable(),
})

export const robotSchema = z.object({
  id,
  connectionId: id,
  serialNo: platformId,
  name: z.string(),
  state: robotState,
  /** The platform's words for the state, empty where it gave none. */
  stateReason: z.string(),
  stateSince: timeOrNull,
  /** Functions that the platform has limited. */
  limits: z.array(limitSchema),
  /** Conversations with unread messages, muted ones left out; those of a muted robot are in no sum. */
  unread: z.int(),
  /** Kept quiet: it calls nobody, and what is unread of it is not counted with the rest. */
  muted: z.boolean(),
  /** When a message last came or went. */
  lastActiveAt: timeOrNull,
  createdAt: time,
  /** Which of the twelve robot colours it has, 0 to 11. */
  color: z.int().min(0).max(11),
  /** The folder that it stands in; empty for none. */
  folder: z.string(),
  /** Its place in that folder, from 0. */
  position: z.int(),
  /** How it was last logged in from here, or was tried to. */
  loginMethod: loginMethod.nullable(),
  lastInAt: timeOrNull,
  lastOutAt: timeOrNull,
  /** What counts towards the limits of its pace on this day, until `endsAt`; null where nothing went out yet. */
  today: z.object({ sent: z.int(), friendRequests: z.int(), endsAt: time }).nullable(),
  /** Messages of its outbox that have not gone, or not wholly. */
  waiting: z.int(),
  /** Why the oldest of what is in its outbox waits; null where nothing does. */
  held: waitSchema.nullable(),
  /** Where its pace differs from the one in the settings. */
  pace: ownPaceSchema,
  /** Whether it is logged in again from the platform's cache when it drops. */
  reloginFromCache: z.boolean(),
  /** Attempts of that since it dropped; null where it is not under way. `nextAt` is null once it was given up. */
  relogin: z.object({ attempts: z.int(), nextAt: timeOrNull }).nullable(),
})
export type Robot = z.output<typeof robotSchema>

/** A state that a robot had. */
const stateSchema = z.object({
  id,
  at: time,
  state: robotState,
  reason: z.string(),
  limits: z.array(z.object({ code: z.string(), text: z.string() })),
  /** The callback that told of it; null for what this application did itself. */
  callbackId: id.nullable(),
  /** The log-in or log-out that led to it, where one did. */
  operationId: id.nullable(),
})
export type PastState = z.output<typeof stateSchema>

export const robotEntries = {
  'robots.add': entry(
    'Adds a robot by its number: no method of the platform lists them.',
    z.object({ connectionId: id, serialNo: platformId, name: z.string().trim().max(100).optional() }),
    z.object({ id }),
    ['not-found', 'conflict'],
  ),
  'robots.addMany': entry(
    'Adds robots by a list of numbers, as it was pasted; a number that is there already keeps its robot.',
    z.object({ connectionId: id, serialNos: z.array(z.string().max(1000)).min(1).max(2000) }),
    z.object({
      /** One for each number given, in the same order. */
      items: z.array(
        z.object({
          serialNo: z.string(),
          outcome: z.enum(['added', 'present', 'invalid']),
          /** Null for a number that is none: empty, too long, or with blanks inside. */
          id: id.nullable(),
        }),
      ),
    }),
    ['not-found'],
  ),
  'robots.update': entry(
    'Changes how a robot is shown and how fast it goes; what is left out stays.',
    z.object({
      id,
      name: z.string().trim().min(1).max(100).optional(),
      color: z.int().min(0).max(11).optional(),
      folder: z.string().trim().max(60).optional(),
      /** Its place among the robots of its folder, from 0; those behind it move on. */
      position: z.int().min(0).max(1_000_000).optional(),
      /** All that differs from the pace in the settings; null: nothing. */
      pace: ownPaceSchema.nullable().optional(),
      reloginFromCache: z.boolean().optional(),
      muted: z.boolean().optional(),
    }),
    done,
    ['not-found'],
  ),
  'robots.states': entry(
    'The states that a robot had, newest first.',
    z.object({ robotId: id, ...paging }),
    page(stateSchema),
    ['not-found'],
  ),
  'robots.remove': entry('Removes a robot with its conversations and messages.', z.object({ id }), done, ['not-found']),
  'robots.list': entry(
    'Robots of one connection or of all, by folder, then by their place in it.',
    z.object({ connectionId: id.optional() }),
    page(robotSchema),
  ),
  'robots.login': entry(
    'Starts a log-in. QR code, verification code and outcome follow as `login.progress` events and in `operations.get`.',
    z.object({
      robotId: id,
      method: loginMethod,
      username: z.string().max(256).optional(),
      /** Kept in the vault with `remember`, otherwise only until the call is made. */
      password: z.string().max(256).optional(),
      remember: z.boolean().optional(),
    }),
    started,
    ['not-found', 'not-allowed-now', 'vault-locked'],
  ),
  'robots.remembered': entry(
    'What is kept for log-ins: the user name of the last one, whether there is a password, and since when a cached log-in; never which.',
    z.object({ robotId: id }),
    z.object({
      username: z.string().nullable(),
      password: z.boolean(),
      /** When the platform last gave a cached log-in; null where none is kept. */
      cachedAt: timeOrNull,
    }),
    ['not-found', 'vault-locked'],
  ),
  'robots.forget': entry(
    'Forgets a remembered password, or the cached log-in that the platform gave; what the platform itself keeps stays there.',
    z.object({ robotId: id, what: z.enum(['password', 'cached']) }),
    done,
    ['not-found'],
  ),
  'robots.verificationCode': entry(
    'Asks the platform for the code that the phone wants during a log-in, where the deployment serves it. It then stands in `operations.get`, and goes out as `login.progress`.',
    z.object({ robotId: id }),
    z.object({ code: z.string() }),
    [
      'not-found',
      'not-allowed-now',
      'method-withdrawn',
      'platform-refused',
      'signature-refused',
      'gateway-unreachable',
      'answer-lost',
      'answer-unreadable',
    ],
  ),
  'robots.logout': entry('Logs a robot out, where the deployment serves it.', z.object({ robotId: id }), started, [
    'not-found',
    'method-withdrawn',
  ]),
  'limits.list': entry(
    'Risk codes of a connection: those of its table, and those that robots have now and the table does not know.',
    z.object({ connectionId: id }),
    z.object({
      items: z.array(
        z.object({
          code: z.string(),
          /** The platform's words for it, where a robot has it now; else empty. */
          text: z.string(),
          /** Null where the table does not know it: then it holds nothing back. */
          forbids: z.array(robotAction).nullable(),
          /** Robots that have it now. */
          robots: z.int(),
        }),
      ),
      nextCursor: z.null(),
    }),
    ['not-found'],
  ),
  'limits.set': entry(
    'Sets what a risk code forbids the robots of a connection; null takes the code out of the table.',
    z.object({ connectionId: id, code: z.string().min(1).max(64), forbids: z.array(robotAction).max(20).nullable() }),
    done,
    ['not-found'],
  ),
}
