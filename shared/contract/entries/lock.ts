/** The application lock of the caller's seat: its browser's session, or the desktop's window. */
import { z } from 'zod'
import { done } from '../common.ts'
import { entry } from '../define.ts'
import { settingsSchema } from './system.ts'

const passphrase = z.string().min(4).max(200)

export const lockSchema = z.object({
  /** Whether there is a passphrase. */
  isSet: z.boolean(),
  /** Whether the caller's seat is closed. */
  isLocked: z.boolean(),
  /** Whether the system can recognise the operator (Touch ID). */
  touchId: z.boolean(),
  /** How long no attempt is looked at, in milliseconds. */
  waitMs: z.int(),
  /** So that a locked screen has the operator's language and theme. */
  look: settingsSchema.pick({ language: true, theme: true, density: true }),
})

export const lockEntries = {
  'lock.get': entry('The state of the application lock where the caller sits.', z.object({}), lockSchema),
  'lock.set': entry(
    'Sets, changes or (next: null) removes the passphrase of the application lock; current is the present one. Other seats close.',
    z.object({ current: z.string().max(200).optional(), next: passphrase.nullable() }),
    done,
    ['wrong-passphrase', 'lock-wait'],
  ),
  'lock.close': entry('Closes the caller’s seat until the passphrase is given.', z.object({}), done, ['lock-not-set']),
  'lock.touch': entry('Says that the operator is at the caller’s seat, so that it stays open.', z.object({}), done),
  'lock.open': entry(
    'Opens the caller’s seat: by the passphrase, or by the system’s recognition of the operator (touchId: true).',
    z.union([z.object({ passphrase: z.string().max(200) }), z.object({ touchId: z.literal(true) })]),
    done,
    ['lock-not-set', 'lock-wait', 'wrong-passphrase', 'not-available'],
  ),
}
