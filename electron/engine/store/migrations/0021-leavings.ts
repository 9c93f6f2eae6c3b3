/** Relays that were left, until nothing of this host is there any more. */
export const sql = /* sql */ `
CREATE TABLE leavings (
  id INTEGER PRIMARY KEY,
  -- Whose way it was. No reference: what has to be taken back outlives the connection.
  connection_id INTEGER NOT NULL,
  merchant_no TEXT NOT NULL,
  -- The way as it was set, JSON; its secrets lie in the vault under this row's own name.
  settings TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT;
`
