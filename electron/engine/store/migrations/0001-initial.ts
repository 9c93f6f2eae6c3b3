/** The first schema. Never edited after release: what changes later is a migration of its own. */
export const sql = /* sql */ `
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Private keys, passwords and cached log-ins, sealed by the vault; the name is bound into the seal.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  sealed BLOB NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE connections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  gateway_url TEXT NOT NULL,
  app_id TEXT NOT NULL,
  merchant_no TEXT NOT NULL,
  method_prefix TEXT NOT NULL,
  sign_type TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  public_key_pem TEXT NOT NULL,
  public_key_fingerprint TEXT NOT NULL,
  platform_public_key_pem TEXT,
  advanced TEXT NOT NULL,
  callback_secret TEXT NOT NULL UNIQUE,
  sandbox INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE robots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  serial_no TEXT NOT NULL,
  name TEXT NOT NULL,
  color INTEGER NOT NULL,
  -- The account's own user id at the platform; learned, see PROTOCOL §3.
  account_user_id TEXT,
  state TEXT NOT NULL DEFAULT 'unknown',
  state_reason TEXT NOT NULL DEFAULT '',
  state_since INTEGER,
  -- The platform's own time of the callback that last set the state: an older one that comes late does not.
  state_stamp INTEGER,
  limits TEXT NOT NULL DEFAULT '[]',
  last_active_at INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (connection_id, serial_no)
) STRICT;

CREATE TABLE robot_states (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  limits TEXT NOT NULL,
  callback_id INTEGER
) STRICT;
CREATE INDEX robot_states_by_robot ON robot_states (robot_id, id);

CREATE TABLE friends (
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  remark TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  raw TEXT,
  first_seen_at INTEGER NOT NULL,
  -- When the platform last gave evidence of the friend; an older list cannot mark it as gone.
  seen_at INTEGER NOT NULL,
  gone_at INTEGER,
  PRIMARY KEY (robot_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  group_id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  owner_id TEXT,
  created_at INTEGER,
  member_count INTEGER NOT NULL DEFAULT 0,
  raw TEXT,
  first_seen_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  left_at INTEGER,
  PRIMARY KEY (robot_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  joined_at INTEGER,
  gone_at INTEGER,
  PRIMARY KEY (robot_id, group_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  peer_id TEXT NOT NULL,
  -- Kept with every message, so that a list costs no search through the history.
  last_message_id INTEGER,
  last_at INTEGER,
  unread INTEGER NOT NULL DEFAULT 0,
  -- Id of the newest message that was there when it was read; unread counts theirs above it.
  read_up_to INTEGER NOT NULL DEFAULT 0,
  pinned INTEGER NOT NULL DEFAULT 0,
  muted INTEGER NOT NULL DEFAULT 0,
  UNIQUE (robot_id, kind, peer_id)
) STRICT;
CREATE INDEX conversations_by_time ON conversations (last_at DESC, id DESC);
CREATE INDEX conversations_by_robot ON conversations (robot_id, last_at DESC, id DESC);
CREATE INDEX conversations_unread ON conversations (robot_id, last_at DESC, id DESC) WHERE unread > 0;

CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  direction TEXT NOT NULL,
  sender_id TEXT,
  sender_name TEXT,
  type TEXT NOT NULL,
  raw_type TEXT,
  content TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  arrived_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  error TEXT,
  operation_id INTEGER,
  callback_id INTEGER
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation_id, sent_at DESC, id DESC);
-- One callback makes one message, however often it is read.
CREATE UNIQUE INDEX messages_by_callback ON messages (callback_id) WHERE callback_id IS NOT NULL;

-- What a caller named its message, so that a repeated request does not send twice.
CREATE TABLE client_ids (
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  PRIMARY KEY (robot_id, client_id)
) STRICT, WITHOUT ROWID;

-- The pieces in which an outgoing message goes to the platform: one call each.
CREATE TABLE parts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  content TEXT NOT NULL,
  status TEXT NOT NULL,
  error TEXT,
  sent_at INTEGER,
  -- When the platform's echo landed on it.
  echoed_at INTEGER,
  UNIQUE (message_id, position)
) STRICT;
CREATE INDEX parts_unechoed ON parts (sent_at) WHERE echoed_at IS NULL AND sent_at IS NOT NULL;

CREATE TABLE operations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  robot_id INTEGER NOT NULL REFERENCES robots (id) ON DELETE CASCADE,
  peer_kind TEXT,
  peer_id TEXT,
  message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE,
  input TEXT NOT NULL DEFAULT '{}',
  login TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  accepted_at INTEGER,
  deadline_at INTEGER,
  settled_at INTEGER
) STRICT;
CREATE INDEX operations_by_robot ON operations (robot_id, id);
CREATE INDEX operations_waiting ON operations (robot_id, id) WHERE state IN ('queued', 'sending');
CREATE INDEX operations_due ON operations (deadline_at) WHERE deadline_at IS NOT NULL AND settled_at IS NULL;
CREATE INDEX operations_unsettled ON operations (robot_id, kind) WHERE settled_at IS NULL AND kind <> 'send';
CREATE INDEX operations_by_message ON operations (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE calls (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  operation_id INTEGER,
  -- The piece of a message that the call carried.
  part_id INTEGER,
  method TEXT NOT NULL,
  at INTEGER NOT NULL,
  duration_ms INTEGER,
  status INTEGER,
  signing_string TEXT NOT NULL,
  request TEXT NOT NULL,
  response TEXT,
  vc_serial_no TEXT,
  success INTEGER,
  error_code TEXT,
  error_message TEXT
) STRICT;
CREATE INDEX calls_by_operation ON calls (operation_id) WHERE operation_id IS NOT NULL;
CREATE INDEX calls_by_serial ON calls (vc_serial_no) WHERE vc_serial_no IS NOT NULL;

CREATE TABLE callbacks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  content_type TEXT,
  raw BLOB NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  reason TEXT,
  type TEXT,
  robot_id INTEGER,
  serial_no TEXT,
  operation_id INTEGER,
  -- Hash over everything that was read: two callbacks with the same one are one callback.
  key BLOB
) STRICT;
CREATE INDEX callbacks_by_key ON callbacks (key) WHERE key IS NOT NULL;
CREATE INDEX callbacks_open ON callbacks (state, id) WHERE state <> 'applied';
CREATE INDEX callbacks_by_serial ON callbacks (serial_no) WHERE serial_no IS NOT NULL;
CREATE INDEX callbacks_by_operation ON callbacks (operation_id) WHERE operation_id IS NOT NULL;

-- Terms of a message for the search, made by search-terms.ts; the text itself stays in messages.
CREATE VIRTUAL TABLE message_terms USING fts5 (
  terms,
  content = '',
  contentless_delete = 1,
  detail = 'none',
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
);

CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
  DELETE FROM message_terms WHERE rowid = old.id;
END;

-- Ids of one width, so that a script that sorts them as text sorts them by arrival.
INSERT INTO sqlite_sequence (name, seq)
VALUES ('messages', 1000000000), ('operations', 1000000000), ('calls', 1000000000), ('callbacks', 1000000000);
`
