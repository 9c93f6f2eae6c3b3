/** Pictures of this machine on their way to a link: prepared, brought to the engine, offered; then they are attached. */
import { defineStore } from 'pinia'
import { reactive, shallowReactive } from 'vue'
import { picturePieceBytes, type Picture } from '#shared/contract/entries/pictures.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { base64Of } from '@/app/base64.ts'
import { call } from '@/bridge/index.ts'
import { prepare, type PictureLimits, type Unfit } from '@/features/pictures/prepare.ts'
import { useDrafts } from './drafts.ts'
import { placeKey, type Place } from './keys.ts'
import { useMessages } from './messages.ts'

export interface PictureUpload {
  readonly key: number
  readonly place: Place
  readonly name: string
  /** Where the page shows it from meanwhile. */
  readonly preview: string
  /** `waiting`: others go first. `storing`: all of it is there; it is checked, and stored where pictures go. */
  state: 'waiting' | 'preparing' | 'sending' | 'storing' | 'failed'
  /** From 0 to 1. */
  part: number
  /** Why it failed. */
  error: ContractError | Unfit | null
  /** It is sent as soon as it has its link, instead of being attached. */
  goes: boolean
}

/** Most pictures of one conversation that are on their way or attached. */
export const mostPictures = 20

export const usePictureUploads = defineStore('picture-uploads', () => {
  const items = shallowReactive(new Map<number, PictureUpload>())
  /** What is known of links of ours; null: it is none. */
  const known = reactive(new Map<string, Picture | null>())
  const files = new Map<number, { file: Blob; limits: PictureLimits }>()
  /** Ids that the engine gave, by item. */
  const underWay = new Map<number, string>()
  let nextKey = 1
  /** The last of each conversation. */
  const turns = new Map<string, Promise<void>>()

  const of = (place: Place): PictureUpload[] =>
    [...items.values()].filter((item) => placeKey(item.place) === placeKey(place))

  /** Where pictures for a robot would go, and what is allowed of them. */
  const place = (robotId: string) => call('pictures.place', { robotId })

  /** Begins with files; each is attached when it has its link. */
  function add(where: Place, chosen: readonly File[], limits: PictureLimits): void {
    for (const file of chosen) {
      const key = nextKey++
      const preview = URL.createObjectURL(file)
      const { robotId, peer } = where
      const item = reactive<PictureUpload>({
        ...{ key, name: file.name, preview, state: 'waiting', part: 0, error: null, goes: false },
        place: { robotId, peer: { kind: peer.kind, id: peer.id } },
      })
      items.set(key, item)
      files.set(key, { file, limits })
      queue(item)
    }
  }

  /** One after the other within a conversation, so that they stay in the order in which they were chosen. */
  function queue(item: PictureUpload): void {
    const where = placeKey(item.place)
    // Whatever goes wrong with one, those after it have their turn.
    const turn = (): Promise<void> => run(item).catch(() => fail(item, 'unreadable'))
    turns.set(where, (turns.get(where) ?? Promise.resolve()).then(turn))
  }

  async function run(item: PictureUpload): Promise<void> {
    const source = files.get(item.key)
    if (!source) return
    item.state = 'preparing'
    // A file that vanished, or a browser that ran out of memory: no picture is had either way.
    const picture = await prepare(source.file, source.limits).catch((): Unfit => 'unreadable')
    if (typeof picture === 'string') return fail(item, picture)
    const answer = await bring(item, picture)
    if (answer === null || !items.has(item.key)) return
    if ('code' in answer) return fail(item, answer)
    known.set(answer.link, answer)
    const { place: where, goes } = item
    remove(item.key)
    const drafts = useDrafts()
    if (goes) useMessages().outgoing.submit(where, 'image', answer.link)
    else drafts.attach(where, [...drafts.picturesOf(where), answer.link])
  }

  function fail(item: PictureUpload, error: PictureUpload['error']): void {
    item.state = 'failed'
    item.error = error
    item.goes = false
  }

  /** @returns null when it was given up meanwhile */
  async function bring(item: PictureUpload, picture: Blob): Promise<Picture | ContractError | null> {
    if (!items.has(item.key)) return null
    item.state = 'sending'
    const begun = await call('pictures.begin', { robotId: item.place.robotId, bytes: picture.size })
    if (!begun.ok) return begun.error
    const { uploadId } = begun.result
    underWay.set(item.key, uploadId)
    try {
      for (let offset = 0; offset < picture.size; offset += picturePieceBytes) {
        const piece = new Uint8Array(await picture.slice(offset, offset + picturePieceBytes).arrayBuffer())
        if (!items.has(item.key)) return null
        const added = await call('pictures.add', { uploadId, offset, data: base64Of(piece) })
        if (!items.has(item.key)) return null
        if (!added.ok) return added.error
        item.part = added.result.bytes / picture.size
      }
      item.state = 'storing'
      const finished = await call('pictures.finish', { uploadId })
      return finished.ok ? finished.result : finished.error
    } catch (error) {
      // A file that vanished, or was changed, after it was prepared: nothing more of it will come.
      void call('pictures.cancel', { uploadId })
      throw error
    } finally {
      underWay.delete(item.key)
    }
  }

  function remove(key: number): void {
    const item = items.get(key)
    if (item) URL.revokeObjectURL(item.preview)
    items.delete(key)
    files.delete(key)
  }

  /** Gives one up, wherever it is. */
  function cancel(key: number): void {
    const uploadId = underWay.get(key)
    remove(key)
    if (uploadId !== undefined) void call('pictures.cancel', { uploadId })
  }

  function retry(key: number): void {
    const item = items.get(key)
    if (item?.state !== 'failed') return
    item.state = 'waiting'
    item.part = 0
    item.error = null
    queue(item)
  }

  /** What is on its way and, as it is, will be attached. */
  const coming = (where: Place): PictureUpload[] => of(where).filter((item) => item.state !== 'failed' && !item.goes)

  /** What is on its way goes out as soon as it can. @returns whether there is any */
  function sendWhenReady(where: Place): boolean {
    const moving = of(where).filter((item) => item.state !== 'failed')
    for (const item of moving) item.goes = true
    return moving.length > 0
  }

  /** Asks what is known of a link, once. */
  async function look(link: string): Promise<void> {
    const answer = await call('pictures.get', { link })
    if (answer.ok) known.set(link, answer.result)
    else if (answer.error.code === 'not-found') known.set(link, null)
  }

  return { of, coming, place, add, cancel, retry, sendWhenReady, known, look }
})
