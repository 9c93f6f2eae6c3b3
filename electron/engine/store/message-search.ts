/**
 * The search through all messages, newest first by arrival. The index gives candidates, the text decides.
 *
 * One character of a script without spaces is the weak spot of an index of pairs: it is the beginning of
 * thousands of terms, whose lists would have to be merged whole for the newest few. What is written often is
 * found among the newest messages without the index, and what is not found there is rare enough for it.
 */
import { defaultLimit, type Page } from '#shared/contract/common.ts'
import type { FoundMessage, MessageType } from '#shared/contract/entries/conversations.ts'
import type { Locale } from '#shared/contract/errors.ts'
import { peerNames } from './conversations.ts'
import type { Reading } from './database.ts'
import { messageRow, placedItem, type MessageRow } from './messages.ts'
import { idBefore, type Paging } from './paging.ts'
import { containsQuery, indexQuery, isOneCharacter } from './search-terms.ts'

/** How long one request looks, in milliseconds. */
const patienceMs = 150
/** How many of the newest messages are looked through without the index for one character. */
const newest = 2000
/** How often the clock is looked at, in candidates. */
const every = 256

interface Candidate {
  id: number
  conversation_id: number
  type: MessageType
  content: string
}

const columns = 'm.id, m.conversation_id, m.type, m.content'
const byIndex = `SELECT ${columns} FROM message_terms t JOIN messages m ON m.id = t.rowid
  WHERE message_terms MATCH @terms AND t.rowid < @before ORDER BY t.rowid DESC`
const byId = `SELECT ${columns} FROM messages m WHERE m.id < @before ORDER BY m.id DESC LIMIT @most`

export interface SearchQuery extends Paging {
  query: string
  robotId?: number | undefined
}

/**
 * Messages that contain the query.
 *
 * @param input its `query` is what the operator typed; blanks separate pieces that must all be there
 * @returns with the time down to which was looked where it ended early
 */
export function searchMessages(
  db: Reading,
  input: SearchQuery,
  locale: Locale,
): Page<FoundMessage> & { lookedBackTo: number | null } {
  const limit = input.limit ?? defaultLimit
  const until = performance.now() + patienceMs
  const hits: number[] = []
  let before = idBefore(input.cursor)
  let looked = 0
  const robotOf = robots(db)

  /** @returns whether it came to the end of the candidates */
  function look(candidates: Iterable<Candidate>): boolean {
    for (const { id, conversation_id: conversation, type, content } of candidates) {
      const fits =
        type !== 'image' &&
        (input.robotId === undefined || robotOf(conversation) === input.robotId) &&
        containsQuery(content, input.query)
      if (fits && hits.length === limit) return false
      before = id
      if (fits) hits.push(id)
      if (++looked % every === 0 && performance.now() > until) return false
    }
    return true
  }

  const terms = indexQuery(input.query)
  let ended: boolean
  if (terms === null) ended = look(db.iterate<Candidate>(byId, { before, most: Number.MAX_SAFE_INTEGER }))
  else {
    const few = isOneCharacter(input.query)
    ended = !few || look(db.iterate<Candidate>(byId, { before, most: newest }))
    if (ended) ended = look(db.iterate<Candidate>(byIndex, { before, terms }))
  }
  const names = peerNames(db)
  const items = hits.flatMap((id) => found(db, messageRow(db, id), names, locale))
  const impatient = !ended && hits.length < limit
  const lookedBackTo = impatient ? (messageRow(db, before)?.sent_at ?? null) : null
  return { items, nextCursor: ended ? null : String(before), lookedBackTo }
}

function found(
  db: Reading,
  row: MessageRow | undefined,
  names: ReturnType<typeof peerNames>,
  locale: Locale,
): FoundMessage[] {
  if (!row) return []
  const item = placedItem(db, row, locale)
  return [{ ...item, peer: { ...item.peer, name: names(row.conversation_id) } }]
}

/** Whose conversation it is, asked once each. */
function robots(db: Reading): (conversation: number) => number | undefined {
  const known = new Map<number, number | undefined>()
  return (conversation) => {
    if (!known.has(conversation)) {
      const row = db.get<{ robot_id: number }>('SELECT robot_id FROM conversations WHERE id = ?', conversation)
      known.set(conversation, row?.robot_id)
    }
    return known.get(conversation)
  }
}
