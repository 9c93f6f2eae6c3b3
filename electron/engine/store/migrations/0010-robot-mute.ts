/** Robots that the operator keeps quiet. */
export const sql = /* sql */ `
ALTER TABLE robots ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
`
