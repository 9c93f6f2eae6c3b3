/** Who is signed in at the headless host. */
import { z } from 'zod'
import { done, time } from '../common.ts'
import { entry } from '../define.ts'

/** A browser that is signed in. */
export const signInSchema = z.object({
  /** Names it in `sessions.revoke`; signs nobody in. */
  id: z.string(),
  createdAt: time,
  usedAt: time,
  /** When it ends unless it is used: a week after its last use, thirty days after its beginning. */
  endsAt: time,
  /** Where the browser was when it signed in. */
  address: z.string(),
  /** How it called itself. */
  agent: z.string(),
  /** Whether it is the caller's own. */
  isCurrent: z.boolean(),
})
export type SignIn = z.output<typeof signInSchema>

export const doorEntries = {
  'sessions.list': entry(
    'The browsers that are signed in at the headless host, last used first; none on the desktop.',
    z.object({}),
    z.object({ items: z.array(signInSchema) }),
  ),
  'sessions.revoke': entry(
    'Signs a browser out, at once; what it had open is closed.',
    z.object({ id: z.string().min(1).max(64) }),
    done,
    ['not-found'],
  ),
}
