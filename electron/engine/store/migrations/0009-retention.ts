/** How much of what is kept for a time takes how much room, and the age of remembered keys. */
export const sql = /* sql */ `
-- Bytes of the rows of one kind whose ids share a segment (retention.ts); measured once a segment is full.
CREATE TABLE kept_sizes (
  kind TEXT NOT NULL,
  segment INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (kind, segment)
) STRICT, WITHOUT ROWID;
CREATE INDEX pruned_keys_by_age ON pruned_keys (at);
`
