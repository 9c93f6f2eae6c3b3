/** Takes an archive's file between this browser and the engine, piece by piece. */
import { archivePieceBytes } from '#shared/contract/entries/archives.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { base64Of } from '@/app/base64.ts'
import { call } from '@/bridge/index.ts'

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))

/** @param progress told the part of 1 after each piece */
export async function fetchArchive(
  { name, bytes }: { name: string; bytes: number },
  progress: (part: number) => void,
): Promise<Blob | ContractError> {
  const parts: Blob[] = []
  let offset: number | null = 0
  while (offset !== null) {
    const answer: Awaited<ReturnType<typeof call<'archives.read'>>> = await call('archives.read', { name, offset })
    if (!answer.ok) return answer.error
    // A blob lies with the browser, and on its disk where it is large: not in the page's memory.
    parts.push(new Blob([bytesOf(answer.result.data)]))
    offset = answer.result.nextOffset
    progress(offset === null ? 1 : offset / bytes)
  }
  return new Blob(parts)
}

/** @returns why not, or null */
export async function sendArchive(
  name: string,
  file: Blob,
  progress: (part: number) => void,
): Promise<ContractError | null> {
  let offset = 0
  do {
    const piece = new Uint8Array(await file.slice(offset, offset + archivePieceBytes).arrayBuffer())
    const answer = await call('archives.write', { name, offset, data: base64Of(piece) })
    if (!answer.ok) return answer.error
    offset += piece.length
    progress(file.size === 0 ? 1 : offset / file.size)
  } while (offset < file.size)
  return null
}
