/** The unread conversations of a robot that count are counted in the index alone but for the number that is not 0. */
export const sql = /* sql */ `
DROP INDEX conversations_unread;
CREATE INDEX conversations_unread ON conversations (robot_id, muted, hidden) WHERE unread > 0 OR marked_unread = 1;
`
