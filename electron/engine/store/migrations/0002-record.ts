/** The record: how a callback was read and what it changed, whose robot a call was for, what pruning must remember. */
export const sql = /* sql */ `
-- JSON {tolerances, effects}; null where nothing unusual was read and nothing changed.
ALTER TABLE callbacks ADD COLUMN reading TEXT;
ALTER TABLE calls ADD COLUMN robot_id INTEGER;
UPDATE calls SET robot_id = (SELECT robot_id FROM operations o WHERE o.id = calls.operation_id)
  WHERE operation_id IS NOT NULL;

-- Keys of callbacks that were pruned: a repeat of one that comes later still changes nothing.
CREATE TABLE pruned_keys (
  key BLOB PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`
