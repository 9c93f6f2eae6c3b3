/** Pictures of this machine: how they come in, where they are offered to the platform, and what of them is kept. */
import { z } from 'zod'
import { done, id, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'
import { errorSchema } from '../errors.ts'
import { leadsToOwnMachine } from '../../security/own-machine.ts'

/** Largest picture, in bytes, before and after it was stripped. */
export const pictureBytes = 10 * 1024 * 1024
/** Most bytes of one piece of it, before base64. */
export const picturePieceBytes = 256 * 1024

const link = z.string().min(1).max(2048)

export const pictureSchema = z.object({
  link,
  type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  createdAt: time,
  /** Until when the link leads to it. */
  expiresAt: time,
  /** Whether the link leads to it now. */
  isOffered: z.boolean(),
})
export type Picture = z.output<typeof pictureSchema>

/** `public`: this application's own listener, under the connection's public URL. */
export const pictureWay = z.enum(['public', 's3', 'webdav'])
export type PictureWay = z.output<typeof pictureWay>

const isPlain = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : null
  return url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}
const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(500)
  .refine(isPlain, 'must not contain a user name, a query or a fragment')

/** Under which links come out: what stands before the picture's own name. */
const publicAddress = address.max(200, 'must leave room: links have at most 256 characters')

/** A password goes along with each request. */
const passwordAddress = address.refine((text) => {
  const isSealed = URL.canParse(text) && new URL(text).protocol === 'https:'
  return isSealed || leadsToOwnMachine(text)
}, 'must begin with https://: otherwise the password would travel in clear')

export const s3Schema = z.object({
  /** Where the API is, e.g. `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: address,
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be a region such as eu-central-1')
    .default('us-east-1'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  /** What every picture's name begins with, e.g. `chat/`. */
  prefix: z
    .string()
    .regex(/^(?:[A-Za-z0-9_-]{1,40}\/){0,3}$/, 'must be folders, each ending in a slash')
    .default(''),
  accessKeyId: z.string().trim().min(1).max(200),
  /** Where everybody reads what lies in the bucket, without the prefix. */
  publicUrl: publicAddress,
  /** Whether the bucket's name stands in the path, and not in the host's name. */
  pathStyle: z.boolean().default(true),
  /** Whether each picture is made readable for all by itself (ACL `public-read`), where the bucket does not do it. */
  publicRead: z.boolean().default(false),
})
export type S3Place = z.output<typeof s3Schema>

export const webdavSchema = z.object({
  /** The folder that pictures are put into; it must be there. */
  url: passwordAddress,
  /** Empty: the server asks for neither name nor password. */
  username: z.string().max(200).default(''),
  /** Where everybody reads what lies in the folder. */
  publicUrl: publicAddress,
})
export type WebdavPlace = z.output<typeof webdavSchema>

/** Where pictures go; the secrets lie in the vault and never come out. */
export const picturePlacesSchema = z.object({
  way: pictureWay,
  s3: s3Schema.nullable(),
  webdav: webdavSchema.nullable(),
})
export type PicturePlaces = z.output<typeof picturePlacesSchema>

export const pictureTestSchema = z.object({
  /** In order; after one that failed none follows, save the tidying up. */
  steps: z.array(
    z.object({
      step: z.enum(['store', 'fetch', 'remove']),
      /** Why it failed; null where it did not. */
      error: errorSchema.nullable(),
    }),
  ),
  /** The link that was tried. */
  link: z.string().nullable(),
})
export type PictureTest = z.output<typeof pictureTestSchema>

const uploadId = z.string().regex(/^[0-9a-f]{32}$/, 'must be an id that pictures.begin gave')

/** What a picture can be refused for on its way to a link. */
const placing = ['not-found', 'picture-no-address', 'picture-link-too-long', 'picture-no-room'] as const

export const pictureEntries = {
  'pictures.begin': entry(
    'Begins to take a picture of the operator’s machine, to be offered by a link that messages.send takes. Refuses at once what could get no link.',
    z.object({ robotId: id, bytes: z.int().min(1) }),
    z.object({ uploadId }),
    [...placing, 'picture-too-large', 'too-many-requests'],
  ),
  'pictures.add': entry(
    'Adds a piece of the picture’s file; each follows the one before.',
    z.object({ uploadId, offset: z.int().min(0), data: z.base64().max(picturePieceBytes * 2) }),
    z.object({ bytes: z.int() }),
    ['not-found', 'not-allowed-now'],
  ),
  'pictures.finish': entry(
    'Checks the picture, strips it of everything that is not needed to show it, keeps it and offers it.',
    z.object({ uploadId }),
    pictureSchema,
    [...placing, 'not-allowed-now', 'picture-unreadable', 'picture-too-large', 'picture-not-stored'],
  ),
  'pictures.cancel': entry(
    'Gives up a picture that is on its way, also one that is being stored elsewhere.',
    z.object({ uploadId }),
    done,
  ),
  'pictures.get': entry('What is known of a picture of ours, by its link.', z.object({ link }), pictureSchema, [
    'not-found',
  ]),
  'pictures.place': entry(
    'Where a picture for this robot would be offered, and what is allowed of it; `error` says why none can be.',
    z.object({ robotId: id }),
    z.object({
      way: pictureWay,
      error: errorSchema.nullable(),
      /** Longest side, in pixels. */
      side: z.int(),
      bytes: z.int(),
      /** How long the link leads to it. */
      days: z.int(),
    }),
    ['not-found'],
  ),
  'pictures.places': entry(
    'Where pictures go, and what is kept of them. Secrets are never given back.',
    z.object({}),
    picturePlacesSchema.extend({
      /** Pictures whose links lead to them now. */
      offered: z.int(),
      /** Those that have expired and still lie on another server: it is away, or the place was changed since. */
      overdue: z.int(),
      /** Room that ours take on this machine, in bytes. */
      bytes: z.int(),
      /** When the next link expires. */
      nextExpiryAt: timeOrNull,
    }),
  ),
  'pictures.setPlaces': entry(
    'Chooses where pictures go. A secret is needed once and stays until another is given; for another address or name it is needed anew.',
    z.object({
      way: pictureWay.optional(),
      s3: s3Schema
        .extend({ secretAccessKey: z.string().min(1).max(500).optional() })
        .nullable()
        .optional(),
      webdav: webdavSchema
        .extend({ password: z.string().min(1).max(500).optional() })
        .nullable()
        .optional(),
    }),
    done,
  ),
  'pictures.test': entry(
    'Stores a picture of one pixel where pictures go, fetches it by its link, and removes it. For this application’s own listener a connection is named.',
    z.object({ connectionId: id.optional() }),
    pictureTestSchema,
    ['not-found'],
  ),
}
