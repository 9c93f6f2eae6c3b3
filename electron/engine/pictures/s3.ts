/**
 * Pictures in storage that speaks S3's protocol, by its official client. That is large (some 300 modules), so it is
 * loaded when the first picture goes there, and never where none does. A signed link has more than the 256 characters
 * that the platform takes: each picture lies under a name that nobody can guess, and is read without a signature.
 */
import type * as Sdk from '@aws-sdk/client-s3'
import type { S3Place } from '#shared/contract/entries/pictures.ts'
import { AppError } from '#shared/contract/errors.ts'
import { elsewhereMs, linkUnder, statusParams, throwIfEnded, troubleOf, type Elsewhere } from './elsewhere.ts'

/** S3's own errors carry the status of the answer. */
function s3Trouble(error: unknown): AppError {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : null
  return typeof status === 'number'
    ? new AppError('picture-not-stored', statusParams(status), { cause: error })
    : troubleOf(error)
}

export function s3Place(place: S3Place, secretAccessKey: string): Elsewhere {
  const { endpoint, region, bucket, prefix, accessKeyId, publicUrl, pathStyle, publicRead } = place
  let made: Promise<{ client: Sdk.S3Client; sdk: typeof Sdk }> | null = null

  const open = () =>
    (made ??= import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      client: new sdk.S3Client({
        endpoint,
        region,
        forcePathStyle: pathStyle,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 2,
        // Checksums that S3 added later: many who speak its protocol do not know them.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        requestHandler: { connectionTimeout: 10_000, requestTimeout: elsewhereMs, throwOnRequestTimeout: true },
      }),
    })))

  const guarded = async (signal: AbortSignal, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      throwIfEnded(signal)
      throw s3Trouble(error)
    }
  }

  return {
    place: `s3 ${endpoint.replace(/\/+$/, '')} ${bucket} ${prefix}`,
    put: (name, body, type, signal) =>
      guarded(signal, async () => {
        const { client, sdk } = await open()
        const command = new sdk.PutObjectCommand({
          Bucket: bucket,
          Key: prefix + name,
          Body: body,
          ContentLength: body.length,
          ContentType: type,
          CacheControl: 'private, max-age=3600',
          ...(publicRead ? { ACL: 'public-read' } : {}),
        })
        await client.send(command, { abortSignal: signal })
      }),
    remove: (name, signal) =>
      guarded(signal, async () => {
        const { client, sdk } = await open()
        await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: prefix + name }), { abortSignal: signal })
      }),
    linkOf: (name) => linkUnder(publicUrl, prefix + name),
    close: () => void made?.then(({ client }) => client.destroy()).catch(() => undefined),
  }
}
