/** Robots as the rail shows them: by folder, those without one last, and where a robot goes that is moved. */
import type { Robot } from '#shared/contract/entries/robots.ts'
import { robotName } from '@/components/avatar.ts'

export interface RobotFolder {
  /** Empty for the robots that stand in none. */
  name: string
  robots: readonly Robot[]
  /** Unread conversations of those that are not muted. */
  unread: number
}

/** @param words narrows to robots whose name or number holds them */
export function foldersOf(robots: readonly Robot[], words = ''): RobotFolder[] {
  const wanted = words.normalize('NFKC').toLowerCase()
  const shown = robots.filter(
    (robot) =>
      wanted === '' ||
      robotName(robot).normalize('NFKC').toLowerCase().includes(wanted) ||
      robot.serialNo.includes(wanted),
  )
  const byName = new Map<string, Robot[]>()
  for (const robot of shown) byName.set(robot.folder, [...(byName.get(robot.folder) ?? []), robot])
  return [...byName]
    .map(([name, list]) => ({
      name,
      robots: list,
      unread: list.reduce((sum, robot) => sum + (robot.muted ? 0 : robot.unread), 0),
    }))
    .sort((one, other) => Number(one.name === '') - Number(other.name === '') || one.name.localeCompare(other.name))
}

export interface RobotMove {
  folder: string
  position: number
}

/** Where a robot goes by one step up or down: past its neighbour, or over the border into the next folder. */
export function stepOf(folders: readonly RobotFolder[], id: string, by: 1 | -1): RobotMove | null {
  const at = folders.findIndex((folder) => folder.robots.some((robot) => robot.id === id))
  const folder = folders[at]
  if (!folder) return null
  const place = folder.robots.findIndex((robot) => robot.id === id)
  const next = place + by
  if (next >= 0 && next < folder.robots.length) return { folder: folder.name, position: next }
  const beside = folders[at + by]
  if (!beside) return null
  return { folder: beside.name, position: by === 1 ? 0 : beside.robots.length }
}

/** Where a robot goes that is dropped before another one, or at the end of a folder. */
export function dropOf(folder: RobotFolder, id: string, before: string | null): RobotMove {
  const others = folder.robots.filter((robot) => robot.id !== id)
  const at = others.findIndex((robot) => robot.id === before)
  return { folder: folder.name, position: at === -1 ? others.length : at }
}
