/** Migrations, forward only, one a file. */
import { AppError } from '#shared/contract/errors.ts'
import type { Database } from '../database.ts'
import { sql as initial } from './0001-initial.ts'
import { sql as record } from './0002-record.ts'
import { sql as connectionDoors } from './0003-connection-doors.ts'
import { sql as conversationCare } from './0004-conversation-care.ts'
import { sql as quickReplies } from './0005-quick-replies.ts'
import { sql as robotPace } from './0006-robot-pace.ts'
import { sql as loginFailures } from './0007-login-failures.ts'
import { sql as watch } from './0008-watch.ts'
import { sql as retention } from './0009-retention.ts'
import { sql as robotMute } from './0010-robot-mute.ts'
import { sql as recordAtSize } from './0011-record-at-size.ts'
import { sql as conversationWork } from './0012-conversation-work.ts'
import { sql as lateReplies } from './0013-late-replies.ts'
import { sql as reach } from './0014-reach.ts'
import { sql as pictures } from './0015-pictures.ts'
import { sql as stampedSends } from './0016-stamped-sends.ts'
import { sql as unreadRobots } from './0017-unread-robots.ts'
import { sql as pictureIdentity } from './0018-picture-identity.ts'
import { sql as deliveries } from './0019-deliveries.ts'
import { sql as reachChoice } from './0020-reach-choice.ts'
import { sql as leavings } from './0021-leavings.ts'

/** In order: the schema's number is how many of them a file has had. New ones go to the end, for good. */
const migrations: readonly string[] = [
  initial,
  record,
  connectionDoors,
  conversationCare,
  quickReplies,
  robotPace,
  loginFailures,
  watch,
  retention,
  robotMute,
  recordAtSize,
  conversationWork,
  lateReplies,
  reach,
  pictures,
  stampedSends,
  unreadRobots,
  pictureIdentity,
  deliveries,
  reachChoice,
  leavings,
]

/** The schema that this version writes. */
export const knownSchema = migrations.length

/** The migrations that make a schema of a number, for a new file of that number. */
export const migrationsUpTo = (schema: number): readonly string[] => migrations.slice(0, schema)

/**
 * Brings the file to this version's schema, each migration in a transaction of its own.
 *
 * @throws AppError data-newer when a newer version wrote the file; it is left alone
 */
export function migrate(db: Database): void {
  const found = db.schemaVersion
  if (found > knownSchema) throw new AppError('data-newer', { found, known: knownSchema })
  migrations.slice(found).forEach((sql, index) => {
    db.transaction(() => {
      db.script(sql)
      db.schemaVersion = found + index + 1
    })
  })
}
