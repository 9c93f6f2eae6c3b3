/** Shapes that several entries share. */
import { z } from 'zod'

/** An id of ours: the text of a positive integer. */
export const id = z.string().regex(/^[1-9]\d{0,18}$/, 'must be an id given by this application')

/** An identifier of the platform's: text always, whatever it looks like (DESIGN §5). */
export const platformId = z.string().min(1).max(256)

/** Integer milliseconds UTC. */
export const time = z.int()
export const timeOrNull = time.nullable()

export const peerKind = z.enum(['friend', 'group'])
export type PeerKind = z.infer<typeof peerKind>

/** The other side of a conversation, by the platform's id. */
export const peer = z.object({ kind: peerKind, id: platformId })
export type Peer = z.infer<typeof peer>

/** What every list takes. */
export const paging = {
  limit: z.int().min(1).max(500).optional(),
  cursor: z.string().min(1).max(200).optional(),
}

/** How many items a list gives when the caller does not say. */
export const defaultLimit = 50

/** What every list gives. */
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** What starts an operation gives. */
export const started = z.object({ operationId: id })

/** What only removes or sets gives. */
export const done = z.object({})

type ChangesOf<Shape extends z.ZodRawShape> = {
  [Name in keyof Shape]?:
    | (Shape[Name] extends z.ZodPrefault<z.ZodObject<infer Inner extends z.ZodRawShape>>
        ? ChangesOf<Inner>
        : z.output<Shape[Name]>)
    | undefined
}

/**
 * The schema of a change to an object of settings: every field may be left out, and what is left out stays
 * as it is, also in an object inside it that is there by `prefault`. (`partial()` would fill in the defaults and
 * so reset what the caller did not name.)
 */
export function changesOf<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
): z.ZodType<ChangesOf<Shape>, ChangesOf<Shape>> {
  const change = (field: z.ZodType): z.ZodType => {
    if (field instanceof z.ZodPrefault) {
      const inner = field.unwrap()
      return inner instanceof z.ZodObject ? changesOf(inner) : (inner as z.ZodType)
    }
    return field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field
  }
  const shape = Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => [name, z.optional(change(field as z.ZodType))]),
  )
  return z.object(shape) as unknown as ReturnType<typeof changesOf<Shape>>
}
