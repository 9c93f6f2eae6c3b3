/** Pictures on their way to a link, over a bridge that is played by hand. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Bridge } from '#shared/contract/bridge.ts'
import { useBridge } from '@/bridge/index.ts'
import { usePictureUploads } from '@/stores/picture-uploads.ts'

/** What is left of each file by its name: decoding needs a browser. */
const prepared = vi.hoisted(() => new Map<string, Blob>())
vi.hoisted(() => {
  const localStorage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
  Object.assign(globalThis, { localStorage })
})
vi.mock('@/features/pictures/prepare.ts', () => ({
  prepare: (file: File) => Promise.resolve(prepared.get(file.name) ?? 'unreadable'),
}))

const place = { robotId: '1', peer: { kind: 'friend' as const, id: 'u' } }
const limits = { side: 2048, bytes: 1_000_000 }
const uploadId = '0'.repeat(32)
const calls: string[] = []
/** Lets what is being stored come to its end. */
let finish: () => void

beforeEach(() => {
  prepared.clear()
  calls.length = 0
  const stored = new Promise<void>((resolve) => (finish = resolve))
  const played: Bridge = {
    host: 'browser',
    async call(entry) {
      calls.push(entry)
      if (entry === 'pictures.finish') await stored
      const results: Record<string, object> = {
        'pictures.begin': { uploadId },
        'pictures.add': { bytes: 1 },
        'pictures.finish': { link: 'https://pictures.example/p/1.png' },
      }
      return { ok: true, result: results[entry] ?? {} } as never
    },
    onEvents: () => () => undefined,
    onLink(listener) {
      listener('connected')
      return () => undefined
    },
    setLocale: () => undefined,
  }
  useBridge(played)
  setActivePinia(createPinia())
})

test('one whose file vanishes on the way fails, is given up at the engine, and holds up none after it', async () => {
  const gone = new Blob(['x'])
  gone.slice = () => Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new Error('NotReadableError')) })
  prepared.set('gone.png', gone).set('there.png', new Blob(['x']))
  const uploads = usePictureUploads()
  uploads.add(place, [new File(['x'], 'gone.png'), new File(['x'], 'there.png')], limits)
  await vi.waitFor(() => expect(calls).toContain('pictures.finish'))
  expect(uploads.of(place)).toMatchObject([
    { name: 'gone.png', state: 'failed', error: 'unreadable' },
    { name: 'there.png', state: 'storing' },
  ])
  expect(calls).toContain('pictures.cancel')
  finish()
  await vi.waitFor(() => expect(uploads.of(place)).toHaveLength(1))
})

test('what is coming is what neither failed nor goes by itself', async () => {
  prepared.set('there.png', new Blob(['x']))
  const uploads = usePictureUploads()
  uploads.add(place, [new File(['x'], 'there.png'), new File(['x'], 'broken.png')], limits)
  expect(uploads.coming(place)).toHaveLength(2)
  finish()
  await vi.waitFor(() => expect(uploads.of(place)).toMatchObject([{ name: 'broken.png', state: 'failed' }]))
  expect(uploads.coming(place)).toEqual([])
  uploads.add(place, [new File(['x'], 'there.png')], limits)
  expect(uploads.coming(place)).toHaveLength(1)
  uploads.sendWhenReady(place)
  expect(uploads.coming(place)).toEqual([])
})
