/** Data folders as earlier versions left them: a file of each schema with something in every table that it had. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '#engine/store/database.ts'
import { migrationsUpTo } from '#engine/store/migrations/index.ts'

/** When it all happened: a day ago, since what is older than the record is kept for would be gone before it is looked at. */
export const oldAt = Date.now() - 24 * 3_600_000

/** The beginning: one connection with two robots that are offline, so that nothing of theirs is sent. */
const initial = `
  INSERT INTO settings (name, value) VALUES ('sendGapMs', '1500'), ('maskLogs', 'true');
  INSERT INTO connections (id, name, gateway_url, app_id, merchant_no, method_prefix, sign_type, time_zone,
    public_key_pem, public_key_fingerprint, advanced, callback_secret, created_at)
  VALUES (1, 'Old shop', 'http://127.0.0.1:9/', 'app', 'M1', 'xx.xx', 'RSA2', 'Asia/Shanghai', '', '', '{}', 'secret', @at);
  INSERT INTO robots (id, connection_id, serial_no, name, color, account_user_id, state, state_reason, state_since,
    limits, created_at)
  VALUES (1, 1, '9007199254740993001', 'First', 3, 'account-1', 'offline', 'gone', @at, '[]', @at),
    (2, 1, '9007199254740993002', 'Second', 4, NULL, 'offline', '', @at, '[]', @at);
  INSERT INTO robot_states (robot_id, at, state, reason, limits) VALUES (1, @at, 'online', '', '[]'), (1, @at + 1, 'offline', 'gone', '[]');
  INSERT INTO friends (robot_id, user_id, name, remark, phone, raw, first_seen_at, seen_at)
  VALUES (1, 'u1', '王小明', 'VIP', '13800000000', '{"userId":"u1"}', @at, @at), (1, 'u2', 'สมชาย', '', '', NULL, @at, @at);
  INSERT INTO groups (robot_id, group_id, name, owner_id, created_at, member_count, first_seen_at, seen_at)
  VALUES (1, 'g1', '老客户群', 'u1', @at, 2, @at, @at);
  INSERT INTO members (robot_id, group_id, user_id, name) VALUES (1, 'g1', 'u1', '王小明'), (1, 'g1', 'u2', 'สมชาย');
  INSERT INTO conversations (id, robot_id, kind, peer_id, last_message_id, last_at, unread, read_up_to, pinned)
  VALUES (1, 1, 'friend', 'u1', 1000000003, @at + 3, 1, 1000000001, 1), (2, 1, 'group', 'g1', 1000000004, @at + 4, 0, 0, 0),
    (3, 2, 'friend', 'u9', 1000000005, @at + 5, 0, 0, 0);
  INSERT INTO messages (id, conversation_id, direction, sender_id, sender_name, type, content, sent_at, arrived_at, status,
    error, operation_id, callback_id)
  VALUES (1000000001, 1, 'in', 'u1', '王小明', 'text', '还有库存吗', @at + 1, @at + 1, 'received', NULL, NULL, 1000000001),
    (1000000002, 1, 'out', NULL, NULL, 'text', '有的', @at + 2, @at + 2, 'done', NULL, 1000000001, NULL),
    (1000000003, 1, 'in', 'u1', '王小明', 'text', '好,下单了', @at + 3, @at + 3, 'received', NULL, NULL, 1000000002),
    (1000000004, 2, 'out', NULL, NULL, 'text', '大家好', @at + 4, @at + 4, 'unknown', '{"code":"interrupted"}', 1000000002, NULL),
    (1000000005, 3, 'out', NULL, NULL, 'text', '稍后发货', @at + 5, @at + 5, 'queued', NULL, 1000000003, NULL);
  INSERT INTO message_terms (rowid, terms) VALUES (1000000001, '还有 有库 库存 存吗 吗');
  INSERT INTO client_ids (robot_id, client_id, message_id) VALUES (1, 'client-1', 1000000002);
  INSERT INTO operations (id, kind, state, robot_id, peer_kind, peer_id, message_id, error, created_at, accepted_at, settled_at)
  VALUES (1000000001, 'send', 'done', 1, 'friend', 'u1', 1000000002, NULL, @at + 2, @at + 2, @at + 2),
    (1000000002, 'send', 'unknown', 1, 'group', 'g1', 1000000004, '{"code":"interrupted"}', @at + 4, NULL, NULL),
    (1000000003, 'send', 'queued', 2, 'friend', 'u9', 1000000005, NULL, @at + 5, NULL, NULL),
    (1000000004, 'login', 'failed', 1, NULL, NULL, NULL, '{"code":"login-failed","params":{"reason":"refused"}}', @at, @at, @at);
  INSERT INTO parts (id, message_id, position, content, status, sent_at, echoed_at)
  VALUES (1, 1000000002, 0, '有的', 'done', @at + 2, @at + 2), (2, 1000000004, 0, '大家好', 'unknown', @at + 4, NULL),
    (3, 1000000005, 0, '稍后发货', 'queued', NULL, NULL);
  INSERT INTO calls (id, connection_id, operation_id, part_id, method, at, duration_ms, status, signing_string, request,
    response, vc_serial_no, success)
  VALUES (1000000001, 1, 1000000001, 1, 'sendMessage', @at + 2, 40, 200, 'app_id=app', '{}', '{"vcSuccess":"true"}', '77', 1);
  INSERT INTO callbacks (id, connection_id, at, content_type, raw, state, reason, type, robot_id, key)
  VALUES (1000000001, 1, @at + 1, 'application/json', CAST('{"type":"1005","first":1}' AS BLOB), 'applied', NULL, '1005', 1, zeroblob(16)),
    (1000000002, 1, @at + 3, 'application/json', CAST('{"type":"1005","second":2}' AS BLOB), 'applied', NULL, '1005', 1, randomblob(16)),
    (1000000003, 1, @at + 900000, NULL, CAST('nobody can read this' AS BLOB), 'quarantined', 'unreadable-body', NULL, NULL, NULL);`

/** What each later schema could hold beside that, by its number. */
const later: Readonly<Record<number, string>> = {
  2: `UPDATE calls SET robot_id = 1;
    UPDATE callbacks SET reading = '{"tolerances":["data-in-text"],"effects":[]}' WHERE id = 1000000001;
    INSERT INTO pruned_keys (key, at) VALUES (CAST('pruned-key-00001' AS BLOB), @at);`,
  3: `UPDATE connections SET old_callback_secret = 'older', old_secret_until = @at, refused_sources = 2, refused_source_at = @at,
      refused_source = '203.0.113.7';`,
  4: `INSERT INTO tags (id, name, color, created_at) VALUES (1, '批发', 5, @at);
    INSERT INTO conversation_tags (conversation_id, tag_id) VALUES (1, 1);
    UPDATE conversations SET draft = '明天', waiting_since = @at + 3 WHERE id = 1;
    UPDATE conversations SET resolved_at = @at + 6 WHERE id = 2;`,
  5: `INSERT INTO quick_replies (folder, title, text, created_at, updated_at) VALUES ('售后', '退换', '七天内可以退换', @at, @at);`,
  6: `DELETE FROM settings WHERE name = 'sendGapMs';
    INSERT INTO settings (name, value) VALUES ('pace', '{"gapMs":1500}');
    UPDATE robots SET folder = '东区', position = 1 - (id - 1), pace = '{"perDay":20}', login_method = 'password' WHERE id = 1;
    INSERT INTO paced (robot_id, at, message, luck) VALUES (1, @at, 1, 0.5);`,
  7: `UPDATE operations SET error = json_set(error, '$.params.problem', 'refused') WHERE id = 1000000004;`,
  8: `INSERT INTO alarms (key, kind, robot_id, connection_id, detail, raised_at, ended_at)
      VALUES ('robot-offline 1', 'robot-offline', 1, 1, '{}', @at, @at + 1);
    INSERT INTO deliveries (alarm_id, phase, body, state, created_at) VALUES (1, 'raised', '{}', 'done', @at);
    INSERT INTO callback_marks (connection_id, last_at, last_id) VALUES (1, @at + 900000, 1000000003);
    INSERT INTO watch_runs (from_at, to_at) VALUES (@at, @at + 900000);`,
  9: `INSERT INTO kept_sizes (kind, segment, bytes) VALUES ('calls', 0, 1234);`,
  10: `UPDATE robots SET muted = 1 WHERE id = 2;`,
  12: `UPDATE conversations SET note = '老客户' WHERE id = 1;
    INSERT INTO scheduled (robot_id, kind, peer_id, type, content, parts, at, created_at)
      VALUES (1, 'friend', 'u1', 'text', '发货了', '["发货了"]', 4102444800000, @at);`,
  13: `UPDATE operations SET queued_at = @at + 5 WHERE id = 1000000003;`,
}

/** Makes the database of a data folder as the version with that schema would have left it. */
export function makeOldData(dataDir: string, schema: number): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const db = new Database(join(dataDir, 'switchboard.db'), 'write')
  for (const sql of migrationsUpTo(schema)) db.script(sql)
  db.schemaVersion = schema
  const fill = [initial, ...Array.from({ length: schema - 1 }, (_, n) => later[n + 2] ?? '')]
  for (const sql of fill) db.script(sql.replaceAll('@at', String(oldAt)))
  db.close()
}
