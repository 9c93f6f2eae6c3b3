/** What is in an archive: a manifest with the secrets, then the database's file. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'

const manifestSchema = z.object({
  version: z.literal(1),
  at: z.int(),
  /** Version of the application that made it. */
  application: z.string(),
  /** Number of the database's schema. */
  schema: z.int(),
  /** Bytes of the database's file. */
  bytes: z.int().min(0),
  /** What the vault held, by name, as it is: the archive itself is what seals it. */
  secrets: z.record(z.string(), z.string()),
})
export type ArchiveManifest = z.output<typeof manifestSchema>

/** Longest manifest: some thousand keys. */
const manifestLimit = 64 * 1024 * 1024
const unreadable = (): AppError => new AppError('archive-unreadable', { problem: 'content' })

/** The archive's content, to be sealed. */
export async function* writeContent(manifest: ArchiveManifest, file: string): AsyncGenerator<Uint8Array> {
  const text = Buffer.from(JSON.stringify(manifest), 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  yield Buffer.concat([length, text])
  yield* createReadStream(file) as AsyncIterable<Uint8Array>
}

/** Reads the content to its end, and writes the database to a file. @throws AppError archive-unreadable */
export async function readContent(content: AsyncIterable<Uint8Array>, file: string): Promise<ArchiveManifest> {
  const handle = await open(file, 'wx', 0o600)
  try {
    let manifest: ArchiveManifest | null = null
    let waiting = Buffer.alloc(0)
    let written = 0
    for await (const part of content) {
      if (manifest) {
        await handle.writeFile(part)
        written += part.length
        continue
      }
      waiting = Buffer.concat([waiting, part])
      if (waiting.length < 4) continue
      const length = waiting.readUInt32BE(0)
      if (length > manifestLimit) throw unreadable()
      if (waiting.length < 4 + length) continue
      manifest = readManifest(waiting.subarray(4, 4 + length))
      const rest = waiting.subarray(4 + length)
      await handle.writeFile(rest)
      written += rest.length
    }
    if (!manifest || written !== manifest.bytes) throw unreadable()
    await handle.sync()
    return manifest
  } finally {
    await handle.close()
  }
}

function readManifest(text: Buffer): ArchiveManifest {
  let json: unknown
  try {
    json = JSON.parse(text.toString('utf8'))
  } catch {
    throw unreadable()
  }
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success) throw unreadable()
  return parsed.data
}
