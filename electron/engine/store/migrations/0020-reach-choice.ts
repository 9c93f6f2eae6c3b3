/** Numbers the choices of a way in, so that what is noted of one is never taken for another's. */
export const sql = /* sql */ `
ALTER TABLE reach ADD COLUMN choice INTEGER NOT NULL DEFAULT 0;
`
