/** One conversation as a file: whoever asks puts the pieces together. */
import { z } from 'zod'
import { id, peer } from '../common.ts'
import { entry } from '../define.ts'

export const exportFormat = z.enum(['text', 'csv', 'json', 'html'])
export type ExportFormat = z.infer<typeof exportFormat>

export const conversationExportEntries = {
  'conversations.export': entry(
    'A piece of a conversation’s history as text, CSV, JSON or HTML, oldest first; the pieces one after another are the file. What a spreadsheet would take for a formula is made text, names and messages are escaped for HTML.',
    z.object({
      robotId: id,
      peer,
      format: exportFormat,
      /** In which zone times are written, an IANA name; in JSON they are milliseconds UTC besides. */
      timeZone: z.string().min(1).max(100),
      cursor: z.string().min(1).max(200).optional(),
    }),
    z.object({
      text: z.string(),
      /** How many messages are in this piece. */
      messages: z.int(),
      nextCursor: z.string().nullable(),
    }),
    ['not-found'],
  ),
}
