/** The words in braces that a quick reply may hold, filled in at the moment that it is put into a message. */
import { clockTime, dateOf } from '@/app/times.ts'

export const variables = ['friend', 'robot', 'time', 'date'] as const
export type Variable = (typeof variables)[number]

/** Who writes to whom. */
export interface Occasion {
  /** Name of the friend or group. */
  peer: string
  robot: string
}

/** Fills in what it knows, once; other braces stay as they are. */
export function filled(text: string, { peer, robot }: Occasion, now = Date.now()): string {
  const values: Record<Variable, string> = { friend: peer, robot, time: clockTime(now), date: dateOf(now) }
  return text.replace(/\{(\w+)\}/g, (braces, name: string) =>
    Object.hasOwn(values, name) ? values[name as Variable] : braces,
  )
}
