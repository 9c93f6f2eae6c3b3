/** The callback secret before the present one, who was turned away, and the key that is to follow the present one. */
export const sql = /* sql */ `
ALTER TABLE connections ADD COLUMN old_callback_secret TEXT;
ALTER TABLE connections ADD COLUMN old_secret_until INTEGER;
ALTER TABLE connections ADD COLUMN old_secret_uses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN old_secret_used_at INTEGER;
ALTER TABLE connections ADD COLUMN refused_sources INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN refused_source_at INTEGER;
ALTER TABLE connections ADD COLUMN refused_source TEXT;
ALTER TABLE connections ADD COLUMN next_key_pem TEXT;
ALTER TABLE connections ADD COLUMN next_key_fingerprint TEXT;
ALTER TABLE connections ADD COLUMN next_key_since INTEGER;
`
