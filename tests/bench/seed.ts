/**
 * A data folder with a long history, written in one transaction by SQLite itself, so that a million messages take
 * seconds. The texts repeat, but never their order; everything else is as the engine would have written it.
 */
import Sqlite from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '#engine/store/database.ts'
import { migrate } from '#engine/store/migrations/index.ts'
import { indexTerms } from '#engine/store/search-terms.ts'

export interface SeedSize {
  messages: number
  /** Operations that sent, with a call each. */
  calls: number
  callbacks: number
  robots: number
  /** Conversations of all robots; the first has `deep` messages, the others share the rest. */
  conversations: number
  deep: number
}

/** What a data folder is named for: seeds of one size can be used again. */
export const databaseFile = (dir: string): string => join(dir, 'data', 'switchboard.db')

const openings = ['你好', '请问', '老板', '在吗', '麻烦', '您好', '打扰了', '咨询一下']
const things = ['这个商品', '那件外套', '蓝牙耳机', '茶叶礼盒', '儿童座椅', '显示器', '登山鞋', '充电宝']
const questions = ['还有库存吗', '什么时候发货', '能开发票吗', '可以退换吗', '有没有优惠', '快递到哪里了', '尺码偏大吗']
const endings = ['谢谢', '急用', '盼复', 'thanks', '不急', '辛苦了', '明天要用', '送人的', '保修多久']

/** How many different texts there are. */
const texts = openings.length * things.length * questions.length * endings.length
/** A number without a common divisor with the count of texts, and far from it: neighbours differ. */
const stride = 1709

const pick = (list: readonly string[], n: number): string => list[n % list.length] ?? ''

function textOf(n: number): string {
  const thing = Math.floor(n / openings.length)
  const question = Math.floor(thing / things.length)
  const ending = Math.floor(question / questions.length)
  return `${pick(openings, n)},${pick(things, thing)}${pick(questions, question)}?${pick(endings, ending)},订单 ${n}`
}

const count = (name: string): string =>
  `WITH RECURSIVE n (i) AS (SELECT 0 WHERE @${name} > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @${name})`

/** Id before the first of each table (migration 0001). */
const idBase = 1_000_000_000
/** When the oldest message came; one every 50 ms follows. */
const begin = 1_780_000_000_000

/** In order; each takes the size and what it names. */
const statements = [
  `INSERT INTO connections (id, name, gateway_url, app_id, merchant_no, method_prefix, sign_type, time_zone,
     public_key_pem, public_key_fingerprint, advanced, callback_secret, created_at)
   SELECT 1, 'bench', 'http://127.0.0.1:9/', 'bench', 'M1', 'xx.xx', 'RSA2', 'Asia/Shanghai', '', '', '{}',
     'bench-secret', @begin WHERE @robots > 0`,
  `${count('robots')} INSERT INTO robots (id, connection_id, serial_no, name, color, created_at)
   SELECT i + 1, 1, CAST(1000000000000000001 + i AS TEXT), 'Robot ' || i, i % 12, @begin FROM n`,
  `${count('conversations')} INSERT INTO conversations (id, robot_id, kind, peer_id)
   SELECT i + 1, i % @robots + 1, 'friend', 'u' || i FROM n`,
  `${count('conversations')} INSERT INTO friends (robot_id, user_id, name, first_seen_at, seen_at)
   SELECT i % @robots + 1, 'u' || i, 'Friend ' || i, @begin, @begin FROM n`,
  // The deep conversation has every k-th message from the beginning on, until it has enough.
  `${count('messages')} INSERT INTO messages (id, conversation_id, direction, sender_id, type, content, sent_at,
     arrived_at, status)
   SELECT @base + i + 1, CASE WHEN i % @every = 0 AND i / @every < @deep THEN 1 ELSE i * 7919 % @conversations + 1 END,
     'in', NULL, 'text', t.content, @begin + i * 50, @begin + i * 50, 'received'
   FROM n CROSS JOIN texts t ON t.id = i * ${stride} % ${texts}`,
  `INSERT INTO message_terms (rowid, terms)
   SELECT m.id, t.terms FROM messages m CROSS JOIN texts t ON t.id = (m.id - @base - 1) * ${stride} % ${texts}`,
  `UPDATE conversations SET (last_message_id, last_at, waiting_since) =
     (SELECT m.id, m.sent_at, m.sent_at FROM messages m WHERE m.conversation_id = conversations.id
      ORDER BY m.sent_at DESC, m.id DESC LIMIT 1), unread = id % 3`,
  `${count('calls')} INSERT INTO operations (id, kind, state, robot_id, peer_kind, peer_id, created_at, accepted_at,
     settled_at)
   SELECT @base + i + 1, 'send', CASE WHEN i % 1000 = 0 THEN 'failed' ELSE 'done' END, i % @robots + 1, 'friend',
     'u' || i % @conversations, @begin + i * 50, @begin + i * 50, @begin + i * 50 FROM n`,
  `${count('calls')} INSERT INTO calls (id, connection_id, operation_id, robot_id, method, at, duration_ms, status,
     signing_string, request, response, vc_serial_no, success)
   SELECT @base + i + 1, 1, @base + i + 1, i % @robots + 1, 'sendMessage', @begin + i * 50, 40, 200,
     'app_id=bench&charset=utf-8&data={"content":"' || t.content || '"}&method=xx.xx.sendMessage&version=1.0',
     '{"app_id":"bench","charset":"utf-8","data":"' || t.content || '","sign":"' || hex(zeroblob(128)) || '"}',
     '{"vcSerialNo":"' || (i + 1) || '","vcSuccess":"true","nErrorCode":"0","vcErrorMsg":""}', CAST(i + 1 AS TEXT), 1
   FROM n CROSS JOIN texts t ON t.id = i * ${stride} % ${texts}`,
  `${count('callbacks')} INSERT INTO callbacks (id, connection_id, at, content_type, raw, state, type, robot_id, key)
   SELECT @base + i + 1, 1, @begin + i * 50, 'application/json',
     CAST('{"resultCode":"0","type":"1005","nTimeStamp":"' || (@begin + i * 50) || '","data":{"FromUserId":"u'
       || i % @conversations || '","Content":"' || t.content || '","nPlatformMsgType":"10"}}' AS BLOB),
     'applied', '1005', i % @robots + 1, CAST(printf('%06d%016d', i / 1000, i) AS BLOB)
   FROM n CROSS JOIN texts t ON t.id = i * ${stride} % ${texts}`,
]

/** Names of parameters that a statement takes. */
const namesIn = (sql: string): string[] => [...new Set([...sql.matchAll(/@(\w+)/g)].map(([, name]) => name ?? ''))]

/** Makes the data folder in `dir`, which has none yet. */
export function seed(dir: string, size: SeedSize): void {
  mkdirSync(join(dir, 'data'), { recursive: true, mode: 0o700 })
  const made = new Database(databaseFile(dir), 'write')
  migrate(made)
  made.close()
  const db = new Sqlite(databaseFile(dir))
  db.pragma('journal_mode = OFF')
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -400000')
  db.exec('CREATE TEMP TABLE texts (id INTEGER PRIMARY KEY, content TEXT, terms TEXT)')
  const values: Record<string, number> = {
    ...size,
    base: idBase,
    begin,
    every: Math.max(1, Math.floor(size.messages / Math.max(1, size.deep))),
  }
  db.transaction(() => {
    const add = db.prepare('INSERT INTO texts VALUES (?, ?, ?)')
    for (let n = 0; n < texts; n += 1) add.run(n, textOf(n), indexTerms(textOf(n)))
    for (const sql of statements) {
      db.prepare(sql).run(Object.fromEntries(namesIn(sql).map((name) => [name, values[name]])))
    }
  })()
  db.pragma('journal_mode = WAL')
  db.close()
}
