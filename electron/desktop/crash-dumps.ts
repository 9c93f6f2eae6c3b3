/** What Electron leaves of a crash: the memory of a process, which may hold anything. Few are kept, none is sent. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const most = 5

/** Deletes all but the newest dumps. @param folder need not be there */
export function keepFewDumps(folder: string): void {
  let files: string[]
  try {
    files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return
  }
  const dumps = files
    .filter((name) => name.endsWith('.dmp'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at)
  for (const { path } of dumps.slice(most)) rmSync(path, { force: true })
}
