/** Alarms of the watch, what is posted of them, and what silences are usual. */
export const sql = /* sql */ `
CREATE TABLE alarms (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- What it is about: of a key one is open at most.
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  robot_id INTEGER REFERENCES robots (id) ON DELETE CASCADE,
  connection_id INTEGER REFERENCES connections (id) ON DELETE CASCADE,
  detail TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  ended_at INTEGER,
  seen_at INTEGER
) STRICT;
CREATE UNIQUE INDEX alarms_open ON alarms (key) WHERE ended_at IS NULL;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  alarm_id INTEGER,
  phase TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  status INTEGER,
  problem TEXT,
  created_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX deliveries_queued ON deliveries (alarm_id, id) WHERE state = 'queued';

-- Silences between two callbacks of a connection.
CREATE TABLE quiet_times (
  connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  PRIMARY KEY (connection_id, from_at)
) STRICT, WITHOUT ROWID;

-- When the watch looked without a break: of other times nothing can be learned.
CREATE TABLE watch_runs (
  from_at INTEGER PRIMARY KEY,
  to_at INTEGER NOT NULL
) STRICT;

CREATE TABLE callback_marks (
  connection_id INTEGER PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
  last_at INTEGER NOT NULL,
  last_id INTEGER NOT NULL
) STRICT;

-- What came so far teaches, too.
INSERT INTO callback_marks (connection_id, last_at, last_id)
  SELECT connection_id, max(at), max(id) FROM callbacks GROUP BY connection_id;
INSERT OR IGNORE INTO quiet_times (connection_id, from_at, to_at)
  SELECT connection_id, before, at FROM (
    SELECT connection_id, at, lag(at) OVER (PARTITION BY connection_id ORDER BY id) AS before FROM callbacks
  ) WHERE at - before >= 300000;
INSERT INTO watch_runs (from_at, to_at) SELECT min(at), max(at) FROM callbacks HAVING count(*) > 0;
`
