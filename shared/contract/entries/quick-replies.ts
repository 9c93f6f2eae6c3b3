import { z } from 'zod'
import { done, id, page } from '../common.ts'
import { entry } from '../define.ts'

/** How many quick replies there may be: a list that is read at once. */
export const quickReplyLimit = 2000

const fields = {
  /** The folder that it stands in; empty for none. */
  folder: z.string().trim().max(60),
  /** What it is found by. */
  title: z.string().trim().min(1).max(60),
  /** May hold `{friend}`, `{robot}`, `{time}` and `{date}`, filled in when it is put into a message. */
  text: z.string().max(5000),
  /** The link of a picture that goes with it. */
  picture: z
    .url({ protocol: /^https?$/ })
    .max(256)
    .nullable(),
}

/** One that says nothing and shows nothing is none. */
const hasContent = ({ text, picture }: { text: string; picture: string | null }): boolean =>
  text.trim() !== '' || picture !== null
const needsContent = { message: 'needs a text or a picture', path: ['text'] }

export const quickReplySchema = z.object({ id, ...fields })
export type QuickReply = z.output<typeof quickReplySchema>

/** What a file of quick replies holds, for another Switchboard. */
export const quickReplyFileSchema = z.object({
  switchboard: z.literal('quick-replies'),
  version: z.literal(1),
  items: z.array(z.object(fields).refine(hasContent, needsContent)).max(quickReplyLimit),
})
export type QuickReplyFile = z.output<typeof quickReplyFileSchema>

export const quickReplyEntries = {
  'quickReplies.list': entry('All quick replies, by folder and title.', z.object({}), page(quickReplySchema)),
  'quickReplies.save': entry(
    'Makes a quick reply, or changes the one named by `id`.',
    z.object({ id: id.optional(), ...fields }).refine(hasContent, needsContent),
    z.object({ id }),
    ['not-found'],
  ),
  'quickReplies.remove': entry('Removes quick replies.', z.object({ ids: z.array(id).min(1).max(500) }), done),
  'quickReplies.import': entry(
    'Adds quick replies from a file; one of the same folder and title is replaced.',
    quickReplyFileSchema,
    z.object({ added: z.int(), replaced: z.int() }),
  ),
}
