/** A pasted list of robots: one a line or divided by commas, also those of Chinese; after the number perhaps a name. */

export interface PastedRobot {
  serialNo: string
  name: string
}

/** The most that are added at once (contract: robots.addMany). */
export const mostAtOnce = 2000

/** Reads a list. The same number given twice counts once. */
export function readPasted(text: string): PastedRobot[] {
  const found = new Map<string, PastedRobot>()
  for (const line of text.split(/\r?\n|[;\uff1b]/)) {
    const fields = line
      .split(/[,\uff0c\u3001\t]/)
      .map((field) => field.trim())
      .filter((field) => field !== '')
    // Several numbers in one line, or a number and its name.
    const isList = fields.length > 1 && fields.every((field) => /^\d{4,}$/.test(field))
    const robots: PastedRobot[] = isList
      ? fields.map((serialNo) => ({ serialNo, name: '' }))
      : fields.length > 0
        ? [named(fields)]
        : []
    for (const robot of robots) if (!found.has(robot.serialNo)) found.set(robot.serialNo, robot)
  }
  return [...found.values()]
}

function named([first = '', ...rest]: string[]): PastedRobot {
  const inner = /^(\S+)\s+(.+)$/.exec(first)
  if (rest.length === 0 && inner) return { serialNo: inner[1] ?? first, name: (inner[2] ?? '').trim().slice(0, 100) }
  return { serialNo: first, name: rest.join(' ').slice(0, 100) }
}
