/** Where pictures go, while it is being changed. */
import { expect, it } from 'vitest'
import { PicturePlace } from '#engine/pictures/places.ts'
import type { Store } from '#engine/store/store.ts'
import type { Vault } from '#engine/vault/vault.ts'

const webdav = { url: 'https://old.example.com/p', username: 'anna', publicUrl: 'https://pictures.example.com' }

/** A vault whose secrets are fetched when the test says so. */
async function scene() {
  const fetched: (() => void)[] = []
  const vault = {
    sealed: () => new Uint8Array(),
    get: async () => {
      await new Promise<void>((resolve) => fetched.push(resolve))
      return 'secret'
    },
  } as unknown as Vault
  let writing: Promise<unknown> = Promise.resolve()
  const store = { read: () => Promise.resolve(null), write: () => writing } as unknown as Store
  const places = new PicturePlace(store, vault)
  await places.load()
  await places.change({ way: 'webdav', webdav: { ...webdav, password: 'secret' } })
  /** What is written from now on takes until the test says so. */
  const slowly = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<null>()
    writing = promise
    return () => resolve(null)
  }
  return { places, fetch: () => fetched.splice(0).forEach((go) => go()), waiting: fetched, slowly }
}

it('a place that is opened while another is chosen is the other one, also for all that follow', async () => {
  const { places, fetch, waiting } = await scene()
  const opening = places.elsewhere('webdav')
  await places.change({ webdav: { ...webdav, url: 'https://new.example.com/p', password: 'another' } })
  fetch()
  await expect.poll(() => waiting.length).toBe(1)
  fetch()
  expect((await opening)?.place).toBe('webdav https://new.example.com/p')
  expect((await places.elsewhere('webdav'))?.place).toBe('webdav https://new.example.com/p')
  places.close()
})

it('several that open it at the same time share one', async () => {
  const { places, fetch } = await scene()
  const opening = [places.elsewhere('webdav'), places.elsewhere('webdav')]
  fetch()
  const [one, two] = await Promise.all(opening)
  expect(one).not.toBeNull()
  expect(two).toBe(one)
  places.close()
})

it.each([
  ['before it is opened', 'change, open'],
  ['while its secret is fetched', 'open, change'],
])('a secret that is written %s goes to no address that it was not given for', async (_when, order) => {
  const { places, fetch, waiting, slowly } = await scene()
  const written = slowly()
  const change = () => places.change({ webdav: { ...webdav, url: 'https://new.example.com/p', password: 'another' } })
  let changing = order === 'change, open' ? change() : null
  const opening = places.elsewhere('webdav')
  let isOpen = false
  void opening.then(() => (isOpen = true))
  changing ??= change()
  // The new secret may be fetched as soon as it is written, which is before the change ends.
  await new Promise(setImmediate)
  fetch()
  await new Promise(setImmediate)
  expect(isOpen).toBe(false)
  written()
  await changing
  await expect.poll(() => waiting.length).toBe(1)
  fetch()
  expect((await opening)?.place).toBe('webdav https://new.example.com/p')
  places.close()
})

it('the way and its server are of one choice, also where the place is taken away meanwhile', async () => {
  const { places, fetch, waiting } = await scene()
  const asking = places.present()
  await expect.poll(() => waiting.length).toBe(1)
  await places.change({ webdav: null })
  fetch()
  expect(await asking).toEqual({ way: 'public', elsewhere: null })
  places.close()
})
