/** What a release consists of beside its files: whether a tag may become one, its notes, its checksums. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Name of the file with the checksums; it does not list itself. */
export const sumsFile = 'SHA256SUMS'

/**
 * The part of a changelog that tells one version (Keep a Changelog 1.1.0), without its heading.
 *
 * @param changelog the whole document, Markdown
 * @param version without a `v`
 * @returns null where that version has no part, or an empty one
 */
export function notesOf(changelog: string, version: string): string | null {
  const lines = changelog.split(/\r?\n/)
  const isHeading = (line: string): boolean => line.startsWith('## ')
  const isWanted = (line: string): boolean => isHeading(line) && /^## \[?([^\]\s]+)\]?/.exec(line)?.[1] === version
  const from = lines.findIndex(isWanted)
  if (from < 0) return null
  const rest = lines.slice(from + 1)
  const to = rest.findIndex(isHeading)
  const notes = (to < 0 ? rest : rest.slice(0, to)).join('\n').trim()
  return notes === '' ? null : notes
}

/**
 * Why a tag cannot become a release.
 *
 * @param tag such as `v1.2.0`
 * @param version the one that package.json names
 * @returns a sentence for whoever pushed the tag; null where nothing is in the way
 */
export function obstacleTo(tag: string, version: string, changelog: string): string | null {
  if (tag !== `v${version}`)
    return `The tag is ${tag}, but package.json says ${version}: the tag has to be v${version}.`
  if (notesOf(changelog, version) === null) return `CHANGELOG.md says nothing of ${version}.`
  return null
}

/**
 * The checksums of all files of a folder, as `sha256sum --check` reads them.
 *
 * @param folder its own files only, not those of folders in it
 * @throws what the file system says when one cannot be read
 */
export async function sumsOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && entry.name !== sumsFile).map(({ name }) => name)
  const lines: string[] = []
  for (const name of names.sort()) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(folder, name)), hash)
    lines.push(`${hash.digest('hex')}  ${name}\n`)
  }
  return lines.join('')
}
