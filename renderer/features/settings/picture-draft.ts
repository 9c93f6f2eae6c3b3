/** Where pictures go, as it is being written. */
import type { PicturePlaces, PictureWay } from '#shared/contract/entries/pictures.ts'
import type { EntryInput } from '#shared/contract/index.ts'

export interface PictureDraft {
  way: PictureWay
  s3: {
    endpoint: string
    region: string
    bucket: string
    prefix: string
    accessKeyId: string
    secretAccessKey: string
    publicUrl: string
    pathStyle: boolean
    publicRead: boolean
  }
  webdav: { url: string; username: string; password: string; publicUrl: string }
}

const emptyS3 = { endpoint: '', region: 'us-east-1', bucket: '', prefix: '', accessKeyId: '', publicUrl: '' }
const emptyWebdav = { url: '', username: '', publicUrl: '' }

/** The form as what is kept fills it; secrets never come back. */
export const draftOf = ({ way, s3, webdav }: PicturePlaces): PictureDraft => ({
  way,
  s3: { ...emptyS3, pathStyle: true, publicRead: false, ...s3, secretAccessKey: '' },
  webdav: { ...emptyWebdav, ...webdav, password: '' },
})

/** Whether two say the same, to the letter. */
export const isSameDraft = (one: PictureDraft, other: PictureDraft): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** What is to be kept: the way, and the fields of the one that is chosen. */
export function changeOf({ way, s3, webdav }: PictureDraft): EntryInput<'pictures.setPlaces'> {
  if (way === 's3') {
    const { secretAccessKey, ...place } = s3
    return { way, s3: { ...place, ...(secretAccessKey === '' ? {} : { secretAccessKey }) } }
  }
  if (way === 'webdav') {
    const { password, ...place } = webdav
    return { way, webdav: { ...place, ...(password === '' ? {} : { password }) } }
  }
  return { way }
}
