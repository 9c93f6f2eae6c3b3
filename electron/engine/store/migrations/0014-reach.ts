/** The way in that is chosen for a connection. */
export const sql = /* sql */ `
CREATE TABLE reach (
  connection_id INTEGER PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
  -- As in the contract (reachSettingsSchema), JSON.
  settings TEXT NOT NULL,
  -- The public address that was up last: the one that is registered at the platform.
  public_url TEXT,
  -- The SSH server's host key that is trusted, SHA256:…, and whose it is: host and port.
  host_key TEXT,
  host_key_of TEXT
) STRICT;
`
