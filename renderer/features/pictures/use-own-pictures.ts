/** Takes pictures of this machine for a conversation, or says why it cannot. */
import { useMessage } from 'naive-ui'
import { shallowRef, watch } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import { t } from '@/app/i18n/index.ts'
import { useDrafts } from '@/stores/drafts.ts'
import { placeKey, type Place } from '@/stores/keys.ts'
import { mostPictures, usePictureUploads } from '@/stores/picture-uploads.ts'

/** Files that may be pictures; the browser decides by decoding them. */
const mayBePicture = (file: File): boolean => file.type.startsWith('image/')

export function useOwnPictures(place: () => Place) {
  const uploads = usePictureUploads()
  const drafts = useDrafts()
  const toast = useMessage()
  /** Why no picture can get a link here. */
  const obstacle = shallowRef<ContractError | null>(null)
  watch(
    () => placeKey(place()),
    () => (obstacle.value = null),
  )

  async function take(files: readonly File[]): Promise<void> {
    const where = place()
    const pictures = files.filter(mayBePicture)
    if (pictures.length < files.length) toast.warning(t('pictures.onlyPictures'))
    if (pictures.length === 0) return
    const answer = await uploads.place(where.robotId)
    if (placeKey(place()) !== placeKey(where)) return
    obstacle.value = answer.ok ? answer.result.error : answer.error
    if (!answer.ok || answer.result.error) return
    const room = mostPictures - uploads.of(where).length - drafts.picturesOf(where).length
    if (pictures.length > room) toast.warning(t('pictures.tooMany', { n: mostPictures }))
    uploads.add(where, pictures.slice(0, Math.max(0, room)), answer.result)
  }

  /** Pictures that came by the clipboard or the pointer. */
  function takeFrom(event: ClipboardEvent | DragEvent): void {
    const data = 'clipboardData' in event ? event.clipboardData : event.dataTransfer
    const files = [...(data?.files ?? [])]
    // A copied part of a page holds its text too: that is what is wanted.
    if (files.length === 0 || (event.type === 'paste' && data?.getData('text/plain'))) return
    event.preventDefault()
    void take(files)
  }

  return { obstacle, take, takeFrom }
}
