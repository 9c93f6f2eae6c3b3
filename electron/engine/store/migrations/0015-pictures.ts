/** Pictures of this machine that are offered to the platform by a link. */
export const sql = /* sql */ `
CREATE TABLE pictures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  link TEXT NOT NULL UNIQUE,
  -- Name of its file in the folder of pictures; null once that is gone.
  file TEXT,
  type TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- Who answers at the link: 'public' for our own listener, 's3', 'webdav'.
  way TEXT NOT NULL,
  -- SHA-256 of the address at our own listener, base64; null where another server answers.
  address_hash TEXT UNIQUE,
  -- What the other server calls it.
  remote TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- When the offer ended; for another server, when it was removed there.
  ended_at INTEGER
) STRICT;
CREATE INDEX pictures_offered ON pictures (expires_at) WHERE ended_at IS NULL;
CREATE INDEX pictures_kept ON pictures (id) WHERE file IS NOT NULL;
`
