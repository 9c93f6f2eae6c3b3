/** An office for tests of pictures: what it takes in lies on the disk of its desk. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#engine/types.ts'
import type { Desk } from './desk.ts'
import { openEngineOffice, type EngineOffice, type RobotHandle } from './engine-office.ts'

export interface PictureOffice {
  readonly office: EngineOffice
  readonly desk: Desk
  readonly robot: RobotHandle
  /** Where the listener offers pictures. */
  readonly base: string
  /** The names of the files that are kept. */
  kept(): string[]
}

/** Opens one with a robot, by a clock that the test sets. */
export async function openPictureOffice(clock: Clock): Promise<PictureOffice> {
  const office = await openEngineOffice({}, { clock })
  const { desk } = office
  const kept = (): string[] => readdirSync(join(desk.dataDir, 'pictures'))
  return { office, desk, robot: await office.robot(), base: desk.engine.callbackBaseUrl ?? '', kept }
}

export const pathOf = (link: string): string => new URL(link).pathname
