/** The listener's own certificate: read from files, checked, and read again when they change. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { AppError } from '#shared/contract/errors.ts'

export interface TlsFiles {
  /** Absolute paths: the certificate with its chain, and its key, PEM. */
  readonly cert: string
  readonly key: string
}

/** What a TLS server is made with. */
export interface TlsContent {
  readonly cert: string
  readonly key: string
  readonly minVersion: 'TLSv1.2'
  /** When the certificate ends, milliseconds UTC. */
  readonly endsAt: number
}

const unusable = (problem: string, params = {}): AppError => new AppError('tls-unusable', { problem, ...params })

/** Largest file that is read, in bytes: a certificate with its chain has some thousand. */
const mostBytes = 1024 * 1024

async function textOf(path: string): Promise<string> {
  try {
    // A pipe or a device would keep whoever reads it waiting, or never end.
    const file = await stat(path)
    if (!file.isFile()) throw unusable('file-unreadable', { path, why: 'EISDIR' })
    if (file.size > mostBytes) throw unusable('file-unreadable', { path, why: 'EFBIG' })
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof AppError) throw error
    throw unusable('file-unreadable', {
      path,
      why: error instanceof Error && 'code' in error ? String(error.code) : '?',
    })
  }
}

function certificateIn(text: string, path: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw unusable('cert-unreadable', { path })
  }
}

function keyIn(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch {
    throw unusable('tls-key-unreadable', { path })
  }
}

/**
 * Reads both files and sees that they go together and are valid now.
 *
 * @throws AppError tls-unusable with what exactly is wrong
 */
export async function readTls({ cert, key }: TlsFiles, now = Date.now()): Promise<TlsContent> {
  const [certText, keyText] = await Promise.all([textOf(cert), textOf(key)])
  const certificate = certificateIn(certText, cert)
  if (!certificate.checkPrivateKey(keyIn(keyText, key))) throw unusable('tls-mismatch', { path: cert })
  const endsAt = Date.parse(certificate.validTo)
  const day = (text: string): string => new Date(text).toISOString().slice(0, 10)
  if (now > endsAt) throw unusable('cert-expired', { date: day(certificate.validTo) })
  if (now < Date.parse(certificate.validFrom)) throw unusable('cert-not-yet', { date: day(certificate.validFrom) })
  const content = { cert: certText, key: keyText, minVersion: 'TLSv1.2', endsAt } as const
  try {
    // The rest of the chain, and what OpenSSL holds for too weak.
    createSecureContext(content)
  } catch {
    throw unusable('cert-unusable', { path: cert })
  }
  return content
}

/** What tells one state of the files from the next; they may be links that are put elsewhere. */
async function markOf({ cert, key }: TlsFiles): Promise<string> {
  const marks = await Promise.all([cert, key].map((path) => stat(path).catch(() => null)))
  return marks.map((mark) => (mark ? `${mark.ino} ${mark.mtimeMs} ${mark.ctimeMs} ${mark.size}` : '-')).join(' ')
}

/** How often the files are looked at, in milliseconds. */
const lookMs = 5000

export interface TlsWatchOptions {
  readonly files: TlsFiles
  readonly content: TlsContent
  /** The files changed and can be used. */
  changed(content: TlsContent): void
  /** What is wrong with them now, null: nothing. The server goes on with what it had. */
  trouble(error: AppError | null): void
  readonly everyMs?: number
}

/** Looks at the files from time to time. @returns a function that ends it */
export function watchTls({ files, content, changed, trouble, everyMs = lookMs }: TlsWatchOptions): () => void {
  let endsAt = content.endsAt
  let seen: string | null = null
  let isStopped = false
  const look = async (): Promise<void> => {
    const mark = await markOf(files)
    if (mark === seen && Date.now() <= endsAt) return
    try {
      const next = await readTls(files)
      if (isStopped) return
      if (seen !== null || next.cert !== content.cert) changed(next)
      endsAt = next.endsAt
      trouble(null)
    } catch (error) {
      if (!isStopped && error instanceof AppError) trouble(error)
    }
    seen = mark
  }
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  void look()
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}
