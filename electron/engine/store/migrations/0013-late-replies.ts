/** Replies that could not go for long are held back until the operator has looked at them. */
export const sql = /* sql */ `
-- Since when an operation waits for something that is not its pace; moved along when the clock is set.
ALTER TABLE operations ADD COLUMN queued_at INTEGER;
-- When it was held back for having waited too long.
ALTER TABLE operations ADD COLUMN late_at INTEGER;

-- When a message to a friend, or into a group, last went, or could have gone but for the pace.
ALTER TABLE robots ADD COLUMN friend_go_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE robots ADD COLUMN group_go_at INTEGER NOT NULL DEFAULT 0;

DROP INDEX operations_waiting;
CREATE INDEX operations_waiting ON operations (robot_id, id, kind, peer_kind, late_at)
  WHERE state IN ('queued', 'sending');
CREATE INDEX operations_late ON operations (robot_id, peer_kind, peer_id, id)
  WHERE late_at IS NOT NULL AND state IN ('queued', 'sending');
CREATE INDEX operations_unstamped ON operations (robot_id)
  WHERE queued_at IS NULL AND kind = 'send' AND state IN ('queued', 'sending');
`
