/** Processor time of this process's threads, as Linux tells it. */
import { readdirSync, readFileSync } from 'node:fs'

const tasks = '/proc/self/task'

/** @returns microseconds by a thread's name, those of one name together; nothing on a system that does not tell */
export function threadTimes(): Record<string, number> {
  const times: Record<string, number> = {}
  let ids: string[]
  try {
    ids = readdirSync(tasks)
  } catch {
    return times
  }
  for (const id of ids) {
    try {
      const name = readFileSync(`${tasks}/${id}/comm`, 'utf8').trim()
      const [nanoseconds = '0'] = readFileSync(`${tasks}/${id}/schedstat`, 'utf8').split(' ')
      times[name] = (times[name] ?? 0) + Number(nanoseconds) / 1000
    } catch {
      // It ended while it was looked for.
    }
  }
  return times
}
