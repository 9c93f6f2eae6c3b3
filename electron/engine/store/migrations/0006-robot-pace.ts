/** Each robot's pace and what counts towards it, why its outbox waits, its place in the list, log-in by itself. */
export const sql = /* sql */ `
ALTER TABLE robots ADD COLUMN folder TEXT NOT NULL DEFAULT '';
ALTER TABLE robots ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE robots SET position = (SELECT count(*) FROM robots other WHERE other.id < robots.id);

-- JSON: what differs from the pace in the settings.
ALTER TABLE robots ADD COLUMN pace TEXT NOT NULL DEFAULT '{}';
ALTER TABLE robots ADD COLUMN sent_today INTEGER NOT NULL DEFAULT 0;
ALTER TABLE robots ADD COLUMN friends_today INTEGER NOT NULL DEFAULT 0;
-- When the two counts end, milliseconds UTC.
ALTER TABLE robots ADD COLUMN day_ends_at INTEGER NOT NULL DEFAULT 0;
-- JSON: why what waits in the outbox waits, by what it does.
ALTER TABLE robots ADD COLUMN holds TEXT NOT NULL DEFAULT '{}';

ALTER TABLE robots ADD COLUMN last_in_at INTEGER;
ALTER TABLE robots ADD COLUMN last_out_at INTEGER;
UPDATE robots SET
  last_in_at = (SELECT max(m.sent_at) FROM conversations c JOIN messages m ON m.id = c.last_message_id
    WHERE c.robot_id = robots.id AND m.direction = 'in'),
  last_out_at = (SELECT max(m.sent_at) FROM conversations c JOIN messages m ON m.id = c.last_message_id
    WHERE c.robot_id = robots.id AND m.direction = 'out');

ALTER TABLE robots ADD COLUMN login_method TEXT;
ALTER TABLE robots ADD COLUMN relogin INTEGER NOT NULL DEFAULT 0;
-- Attempts since it dropped, and when the next one is due.
ALTER TABLE robots ADD COLUMN relogin_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE robots ADD COLUMN relogin_at INTEGER;
-- The operator logged it out, and nobody has logged it in since.
ALTER TABLE robots ADD COLUMN logged_out INTEGER NOT NULL DEFAULT 0;
CREATE INDEX robots_to_log_in ON robots (relogin_at) WHERE relogin_at IS NOT NULL;

ALTER TABLE robot_states ADD COLUMN operation_id INTEGER;

-- What went out in the last minute, and before it the last one. luck: the share of the random extra gap after it.
CREATE TABLE paced (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  message INTEGER NOT NULL,
  luck REAL NOT NULL
) STRICT;
CREATE INDEX paced_by_robot ON paced (robot_id, at);

DROP INDEX operations_waiting;
CREATE INDEX operations_waiting ON operations (robot_id, id, kind, peer_kind) WHERE state IN ('queued', 'sending');

-- The gap between sends became part of the pace.
INSERT INTO settings (name, value)
  SELECT 'pace', json_object('gapMs', json(value)) FROM settings WHERE name = 'sendGapMs';
DELETE FROM settings WHERE name = 'sendGapMs';
`
