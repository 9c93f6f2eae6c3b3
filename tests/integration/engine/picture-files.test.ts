/** Files of pictures, while what nobody knows is swept away beside them. */
import { rm } from 'node:fs/promises'
import { expect, it, onTestFinished } from 'vitest'
import { PictureFiles } from '#engine/pictures/files.ts'
import { temporaryFolder } from '../../support/desk.ts'

it('spares one that comes while the folder is looked at, and is not known yet', async () => {
  const folder = await temporaryFolder()
  onTestFinished(() => rm(folder, { recursive: true }))
  const written = Promise.withResolvers<undefined>()
  const noted = Promise.withResolvers<undefined>()
  class Files extends PictureFiles {
    override async list(): ReturnType<PictureFiles['list']> {
      await written.promise
      return super.list()
    }
  }
  const files = new Files(folder)
  const sweeping = files.sweep(() => Promise.resolve(new Set()))
  const writing = files.write(Buffer.from('picture'), async (name) => {
    written.resolve(undefined)
    await noted.promise
    return name
  })
  await sweeping
  noted.resolve(undefined)
  expect(await files.read(await writing)).toEqual(Buffer.from('picture'))
  await files.sweep(() => Promise.resolve(new Set()))
  expect(await files.list()).toEqual([])
})
