/** By which a callback that a relay's stream gives out a second time is known, whatever its body says. */
export const sql = /* sql */ `
-- Hash of the message's place in its stream; null where it did not come by a relay.
ALTER TABLE callbacks ADD COLUMN delivery BLOB;
CREATE UNIQUE INDEX callbacks_by_delivery ON callbacks (delivery) WHERE delivery IS NOT NULL;
`
