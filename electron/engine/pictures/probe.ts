/** Tries where pictures go: stores one of a single pixel, fetches it as the platform would, and removes it. */
import { Agent, request } from 'undici'
import type { PictureTest } from '#shared/contract/entries/pictures.ts'
import { AppError, describeFailure, type Locale } from '#shared/contract/errors.ts'
import { pictureBytes } from '#shared/contract/entries/pictures.ts'
import { statusParams, troubleOf } from './elsewhere.ts'

/** One transparent pixel. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGNgAAIAAAUAAXpeqz8AAAAASUVORK5CYII=',
  'base64',
)
const fetchMs = 15_000

/** @throws AppError picture-not-fetched */
async function fetchAgain(link: string): Promise<void> {
  const agent = new Agent({ connect: { timeout: fetchMs / 2 } })
  try {
    const answer = await request(link, {
      dispatcher: agent,
      signal: AbortSignal.timeout(fetchMs),
      headers: { accept: 'image/*' },
    })
    if (answer.statusCode !== 200) throw new AppError('picture-not-fetched', statusParams(answer.statusCode))
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > pictureBytes) break
      chunks.push(chunk)
    }
    if (!Buffer.concat(chunks).equals(pixel)) throw new AppError('picture-not-fetched', { problem: 'picture-other' })
  } catch (error) {
    throw troubleOf(error, 'picture-not-fetched')
  } finally {
    await agent.destroy()
  }
}

export interface Probed {
  readonly link: string
  remove(): Promise<void>
}

/** @param store stores the pixel */
export async function probe(store: () => Promise<Probed>, locale: Locale): Promise<PictureTest> {
  const steps: PictureTest['steps'] = []
  const attempt = async <Result>(
    step: PictureTest['steps'][number]['step'],
    work: () => Promise<Result>,
  ): Promise<Result | null> => {
    try {
      const result = await work()
      steps.push({ step, error: null })
      return result
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      steps.push({ step, error: describeFailure(error.failure, locale) })
      return null
    }
  }
  const probed = await attempt('store', store)
  if (!probed) return { steps, link: null }
  await attempt('fetch', () => fetchAgain(probed.link))
  await attempt('remove', () => probed.remove())
  return { steps, link: probed.link }
}
