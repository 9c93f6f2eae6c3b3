/** What an operator does with a conversation beside writing in it: answer, resolve, follow up, tag, hide, draft. */
export const sql = /* sql */ `
-- Since when the oldest of their messages that nobody answered waits.
ALTER TABLE conversations ADD COLUMN waiting_since INTEGER;
ALTER TABLE conversations ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN resolved_at INTEGER;
ALTER TABLE conversations ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
-- When it is to come back; raised once that time has come and it was brought back.
ALTER TABLE conversations ADD COLUMN follow_up_at INTEGER;
ALTER TABLE conversations ADD COLUMN follow_up_raised INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN draft TEXT NOT NULL DEFAULT '';

UPDATE conversations SET waiting_since = (
  SELECT min(m.sent_at) FROM messages m WHERE m.conversation_id = conversations.id AND m.direction = 'in'
    AND m.sent_at > coalesce((SELECT max(o.sent_at) FROM messages o WHERE o.conversation_id = conversations.id
      AND o.direction = 'out' AND o.status <> 'cancelled'), 0));

DROP INDEX conversations_by_time;
DROP INDEX conversations_by_robot;
DROP INDEX conversations_unread;
CREATE INDEX conversations_in_order ON conversations (pinned DESC, last_at DESC, id DESC);
CREATE INDEX conversations_of_robot ON conversations (robot_id, pinned DESC, last_at DESC, id DESC);
CREATE INDEX conversations_unread ON conversations (robot_id) WHERE unread > 0 OR marked_unread = 1;
CREATE INDEX conversations_waiting ON conversations (waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversations_to_follow ON conversations (follow_up_at) WHERE follow_up_at IS NOT NULL;
CREATE INDEX messages_in_trouble ON messages (conversation_id) WHERE status IN ('failed', 'unknown');

CREATE TABLE tags (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  color INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE conversation_tags (
  conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  PRIMARY KEY (conversation_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_tags_by_tag ON conversation_tags (tag_id, conversation_id);
`
