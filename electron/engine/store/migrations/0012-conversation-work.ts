/** What is written but not sent yet: messages for later, a pause in which one can be called back; and notes. */
export const sql = /* sql */ `
ALTER TABLE conversations ADD COLUMN note TEXT NOT NULL DEFAULT '';
-- Not sent before this time, so that it can still be called back.
ALTER TABLE operations ADD COLUMN not_before INTEGER;

CREATE TABLE scheduled (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  peer_id TEXT NOT NULL,
  type TEXT NOT NULL,
  content TEXT NOT NULL,
  -- The pieces in which it goes out, as JSON.
  parts TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- Its time went by while nothing ran: it waits for the operator.
  missed INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX scheduled_due ON scheduled (at) WHERE missed = 0;
`
