/** How a conversation is written to a file, in each format: its beginning, its messages, its end. */
import type { ExportFormat } from '#shared/contract/entries/conversation-export.ts'
import type { Message } from '#shared/contract/entries/conversations.ts'
import type { Locale } from '#shared/contract/errors.ts'

/** What stands above the messages. */
export interface ExportHead {
  robot: string
  robotSerialNo: string
  peer: { kind: 'friend' | 'group'; id: string; name: string }
  timeZone: string
  locale: Locale
}

interface Writer {
  head(head: ExportHead): string
  /** @param isFirst whether no message stands before it */
  message(message: Message, head: ExportHead, isFirst: boolean): string
  end: string
}

const columns = {
  'zh-CN': ['时间', '方向', '发送者', '类型', '内容', '状态', '编号'],
  en: ['Time', 'Direction', 'Sender', 'Type', 'Content', 'Status', 'Id'],
} as const satisfies Record<Locale, readonly string[]>

const formats = new Map<string, Intl.DateTimeFormat>()

/** `2026-11-25 14:02:09` in a zone; in UTC where the zone is none. */
function timeIn(timeZone: string, at: number): string {
  let format = formats.get(timeZone)
  if (!format) {
    const options: Intl.DateTimeFormatOptions = { dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' }
    try {
      format = new Intl.DateTimeFormat('sv-SE', { ...options, timeZone })
    } catch {
      format = new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: 'UTC' })
    }
    formats.set(timeZone, format)
  }
  return format.format(at)
}

const senderOf = (message: Message, head: ExportHead): string =>
  message.direction === 'out' ? head.robot : message.senderName || head.peer.name

/**
 * A field as every spreadsheet reads it as text: what begins like a formula gets an apostrophe before it, since names
 * and messages are written by strangers.
 */
export function csvField(text: string): string {
  const safe = /^[=+\-@\t\r\n|%]/.test(text.trimStart()) || /^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n;\t']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)

const htmlHead = (head: ExportHead): string => `<!doctype html>
<html lang="${head.locale}">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(head.peer.name)}</title>
<style>
body { max-width: 760px; margin: 2em auto; font: 14px/1.5 system-ui, sans-serif; }
p { margin: 0 0 0.8em; white-space: pre-wrap; overflow-wrap: anywhere; }
.out { text-align: right; }
time, .who { color: #666; font-size: 12px; }
</style>
<h1><bdi>${escapeHtml(head.peer.name)}</bdi></h1>
<p><bdi>${escapeHtml(head.robot)}</bdi> · ${escapeHtml(head.robotSerialNo)} · ${escapeHtml(head.peer.id)} · ${escapeHtml(head.timeZone)}</p>
`

const writers: Record<ExportFormat, Writer> = {
  text: {
    head: ({ robot, robotSerialNo, peer, timeZone }) =>
      `${peer.name} (${peer.id}) · ${robot} (${robotSerialNo}) · ${timeZone}\r\n\r\n`,
    message: (message, head) =>
      `[${timeIn(head.timeZone, message.sentAt)}] ${senderOf(message, head)}: ${message.content.replace(/\r\n?|\n/g, '\r\n    ')}\r\n`,
    end: '',
  },
  csv: {
    // The mark at the beginning tells spreadsheets that it is UTF-8.
    head: ({ locale }) => `\ufeff${csvLine(columns[locale])}`,
    message: (message, head) =>
      csvLine([
        timeIn(head.timeZone, message.sentAt),
        message.direction,
        senderOf(message, head),
        message.type,
        message.content,
        message.status,
        message.id,
      ]),
    end: '',
  },
  json: {
    head: ({ robot, robotSerialNo, peer }) =>
      `{"switchboard":"conversation","version":1,"robot":${JSON.stringify({ name: robot, serialNo: robotSerialNo })},"peer":${JSON.stringify(peer)},"messages":[\n`,
    message: (message, head, isFirst) =>
      `${isFirst ? '' : ',\n'}${JSON.stringify({
        id: message.id,
        sentAt: message.sentAt,
        time: timeIn(head.timeZone, message.sentAt),
        direction: message.direction,
        senderId: message.senderId,
        sender: senderOf(message, head),
        type: message.type,
        content: message.content,
        status: message.status,
      })}`,
    end: '\n]}\n',
  },
  html: {
    head: htmlHead,
    message: (message, head) =>
      `<p class="${message.direction}"><span class="who"><bdi>${escapeHtml(senderOf(message, head))}</bdi> <time>${timeIn(head.timeZone, message.sentAt)}</time></span>\n<span dir="auto">${escapeHtml(message.content)}</span></p>\n`,
    end: '</html>\n',
  },
}

/** A piece of the file: with its beginning where it is the first, with its end where it is the last. */
export function writePiece(
  format: ExportFormat,
  head: ExportHead,
  messages: readonly Message[],
  { isFirst, isLast }: { isFirst: boolean; isLast: boolean },
): string {
  const writer = writers[format]
  const body = messages.map((message, index) => writer.message(message, head, isFirst && index === 0)).join('')
  return `${isFirst ? writer.head(head) : ''}${body}${isLast ? writer.end : ''}`
}
