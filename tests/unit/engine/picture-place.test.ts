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
  const store = { read: () => Promise.resolve(null), write: () => Promise.resolve() } as unknown as Store
  const places = new PicturePlace(store, vault)
  await places.load()
  await places.change({ way: 'webdav', webdav: { ...webdav, password: 'secret' } })
  return { places, fetch: () => fetched.splice(0).forEach((go) => go()), waiting: fetched }
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
