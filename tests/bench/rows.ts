/** Lines of the bench's table. */

export interface Row {
  what: string
  engine: number
  /** What the limit was measured with. */
  beside: string
  limit: number
  /** The engine's figure by the limit's; where the target is a difference, what is between them. */
  ratio: number
  /** What the ratio is to be; empty where it is only told. */
  target: string
  /** Whether it is that. */
  met: boolean | ''
}

/** Three digits that mean something. */
const rounded = (value: number): number => Number(value.toPrecision(3))

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '>=': (value, bound) => value >= bound,
  '<=': (value, bound) => value <= bound,
}

function isMet(value: number, target: string): boolean | '' {
  const [sign = '', bound = ''] = target.split(' ')
  return comparisons[sign]?.(value, Number(bound.replace('+', ''))) ?? ''
}

/** @param target `>= 0.8`, `<= 2`; `<= +33` for what may lie between engine and limit */
export function row(what: string, beside: string, engine: number, limit: number, target: string): Row {
  const value = target.includes('+') ? engine - limit : engine / limit
  return {
    what,
    engine: rounded(engine),
    beside,
    limit: rounded(limit),
    ratio: rounded(value),
    target,
    met: isMet(value, target),
  }
}

export const percentile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? 0

export const median = (values: readonly number[]): number => percentile(values, 0.5)
