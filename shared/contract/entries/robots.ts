import { z } from 'zod'
import { done, id, page, platformId, started, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'

export const robotState = z.enum(['unknown', 'logging-in', 'online', 'offline', 'limited', 'banned'])
export type RobotState = z.infer<typeof robotState>

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
  limits: z.array(z.object({ code: z.string(), text: z.string() })),
  /** Conversations with unread messages, muted ones left out. */
  unread: z.int(),
  /** When a message last came or went. */
  lastActiveAt: timeOrNull,
  createdAt: time,
  /** Which of the twelve robot colours it has, 0 to 11. */
  color: z.int().min(0).max(11),
})
export type Robot = z.output<typeof robotSchema>

export const robotEntries = {
  'robots.add': entry(
    'Adds a robot by its number: no method of the platform lists them.',
    z.object({ connectionId: id, serialNo: platformId, name: z.string().trim().max(100).optional() }),
    z.object({ id }),
    ['not-found', 'conflict'],
  ),
  'robots.remove': entry('Removes a robot with its conversations and messages.', z.object({ id }), done, ['not-found']),
  'robots.list': entry(
    'Robots of one connection or of all, in the order of their adding.',
    z.object({ connectionId: id.optional() }),
    page(robotSchema),
  ),
  'robots.login': entry(
    'Starts a log-in. QR code, verification code and outcome follow as `login.progress` events and in `operations.get`.',
    z.object({
      robotId: id,
      method: z.enum(['password', 'qr', 'cached']),
      username: z.string().max(256).optional(),
      /** Kept in the vault with `remember`, otherwise only until the call is made. */
      password: z.string().max(256).optional(),
      remember: z.boolean().optional(),
    }),
    started,
    ['not-found', 'not-allowed-now', 'vault-locked'],
  ),
  'robots.logout': entry('Logs a robot out, where the deployment serves it.', z.object({ robotId: id }), started, [
    'not-found',
    'method-withdrawn',
  ]),
}
