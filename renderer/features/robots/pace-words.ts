/** What a robot has sent today against its pace. */
import type { OwnPace, Pace } from '#shared/contract/entries/pace.ts'
import type { Robot } from '#shared/contract/entries/robots.ts'

/** The pace that a robot goes at: that of all, but for what is its own. */
export const paceOf = (all: Pace, own: OwnPace): Pace => ({ ...all, ...own })

/** `126 / 600`; `126` where nothing bounds it. @param now milliseconds UTC */
export function sentToday(robot: Pick<Robot, 'today' | 'pace'>, all: Pace, now: number): string {
  const sent = robot.today && robot.today.endsAt > now ? robot.today.sent : 0
  const { perDay } = paceOf(all, robot.pace)
  return perDay > 0 ? `${sent} / ${perDay}` : String(sent)
}
