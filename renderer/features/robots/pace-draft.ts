/** A pace as it is typed: text in fields; empty is the default. */
import type { OwnPace, Pace } from '#shared/contract/entries/pace.ts'

export const paceNumbers = ['perMinute', 'perDay', 'gapMs', 'extraGapMs', 'friendRequestsPerDay'] as const
export type PaceNumber = (typeof paceNumbers)[number]

/** Greatest values (contract: paceSchema), in the unit that is typed: the gaps in seconds. */
export const paceMost: Readonly<Record<PaceNumber, number>> = {
  perMinute: 100_000,
  perDay: 10_000_000,
  gapMs: 3600,
  extraGapMs: 3600,
  friendRequestsPerDay: 1_000_000,
}
const isGap = (name: PaceNumber): boolean => name === 'gapMs' || name === 'extraGapMs'

export type QuietChoice = 'default' | 'none' | 'own'
export interface PaceDraft {
  numbers: Record<PaceNumber, string>
  quiet: QuietChoice
  from: string
  to: string
}

/** A number of the pace as it is typed and shown: gaps in seconds. */
export const shownNumber = (pace: Pace, name: PaceNumber): string =>
  String(isGap(name) ? pace[name] / 1000 : pace[name])

export function draftOf(own: OwnPace): PaceDraft {
  const text = (name: PaceNumber): string => {
    const value = own[name]
    return value === undefined ? '' : String(isGap(name) ? value / 1000 : value)
  }
  const hours = own.quietHours
  return {
    numbers: Object.fromEntries(paceNumbers.map((name) => [name, text(name)])) as Record<PaceNumber, string>,
    quiet: hours === undefined ? 'default' : hours === null ? 'none' : 'own',
    from: hours?.from ?? '22:30',
    to: hours?.to ?? '08:00',
  }
}

export interface ReadPace {
  pace: OwnPace
  /** The fields that cannot be taken. */
  faults: (PaceNumber | 'quietHours')[]
}

/** Reads what was typed; what is left empty is not among it. */
export function readPace(draft: PaceDraft): ReadPace {
  const pace: OwnPace = {}
  const faults: ReadPace['faults'] = []
  for (const name of paceNumbers) {
    const text = draft.numbers[name].trim()
    if (text === '') continue
    const value = isGap(name) ? Math.round(Number(text) * 1000) : Number(text)
    const most = isGap(name) ? paceMost[name] * 1000 : paceMost[name]
    if (Number.isInteger(value) && value >= 0 && value <= most) pace[name] = value
    else faults.push(name)
  }
  if (draft.quiet === 'none') pace.quietHours = null
  if (draft.quiet === 'own') {
    const isTime = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text)
    if (isTime(draft.from) && isTime(draft.to) && draft.from !== draft.to)
      pace.quietHours = { from: draft.from, to: draft.to }
    else faults.push('quietHours')
  }
  return { pace, faults }
}
