/** Finds in a long record what is asked for: callbacks to apply, and the few operations among very many sends. */
export const sql = /* sql */ `
-- No query could use this one, and every callback paid for it.
DROP INDEX callbacks_open;
CREATE INDEX callbacks_pending ON callbacks (robot_id, reason) WHERE state = 'pending';

CREATE INDEX operations_open ON operations (state, id) WHERE state NOT IN ('accepted', 'done');
CREATE INDEX operations_but_sends ON operations (kind, id) WHERE kind <> 'send';
CREATE INDEX parts_under_way ON parts (id) WHERE status = 'sending';
`
