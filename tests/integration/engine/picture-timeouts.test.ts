/** A place for pictures that takes what it is sent, and never answers. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Elsewhere } from '#engine/pictures/elsewhere.ts'
import { mayHaveArrived } from '#engine/pictures/elsewhere.ts'
import { pixel, probe } from '#engine/pictures/probe.ts'
import { s3Place } from '#engine/pictures/s3.ts'
import { webdavPlace } from '#engine/pictures/webdav.ts'
import { DeafServer } from '../../support/deaf-server.ts'
import { s3Account } from '../../support/storage-servers.ts'

const deaf = new DeafServer()
beforeAll(() => deaf.open())
afterAll(() => deaf.close())

const { accessKeyId, secretAccessKey } = s3Account
const s3 = { region: 'us-east-1', bucket: 'chat', prefix: '', pathStyle: true, publicRead: false }

describe.each([
  ['S3', () => s3Place({ ...s3, endpoint: deaf.url, accessKeyId, publicUrl: deaf.url }, secretAccessKey)],
  ['WebDAV', () => webdavPlace({ url: deaf.url, username: '', publicUrl: deaf.url }, '')],
])('%s', (_name, open) => {
  const opened = (): Elsewhere => {
    const place = open()
    onTestFinished(() => place.close())
    return place
  }

  it('whose time is over is told as one that did not answer in time, whoever set the time', async () => {
    const place = opened()
    for (const work of [
      place.put('a.png', pixel, 'image/png', AbortSignal.timeout(300)),
      place.remove('a.png', AbortSignal.timeout(300)),
    ]) {
      const error = await work.catch((reason: unknown) => reason)
      expect(error).toMatchObject({ failure: { code: 'picture-not-stored', params: { problem: 'picture-timeout' } } })
      // What was sent may lie there all the same.
      expect(mayHaveArrived(error)).toBe(true)
    }
  })

  it('is tried: the step that took too long is named', async () => {
    const place = opened()
    const store = async () => {
      await place.put('a.png', pixel, 'image/png', AbortSignal.timeout(300))
      return { link: place.linkOf('a.png'), remove: () => Promise.resolve() }
    }
    expect((await probe(store, 'en')).steps).toMatchObject([
      { step: 'store', error: { code: 'picture-not-stored', params: { problem: 'picture-timeout' } } },
    ])
  })

  it('is given up with the reason of whoever gave it up', async () => {
    const reason = new Error('no longer wanted')
    const abort = new AbortController()
    const work = opened().put('a.png', pixel, 'image/png', abort.signal)
    setImmediate(() => abort.abort(reason))
    await expect(work).rejects.toBe(reason)
  })
})
