/** Pictures are known by what they are and by their name, and no longer by their whole link alone. */
export const sql = /* sql */ `
-- SHA-256 of the stripped bytes, base64: the same picture offered twice is kept once. Null: from before.
ALTER TABLE pictures ADD COLUMN digest TEXT;
-- Where on another server it was stored, whatever its links begin with. Null: from before, or on our own listener.
ALTER TABLE pictures ADD COLUMN place TEXT;
CREATE INDEX pictures_same ON pictures (digest) WHERE file IS NOT NULL;
CREATE INDEX pictures_elsewhere ON pictures (remote) WHERE remote IS NOT NULL;
`
