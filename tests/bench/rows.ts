/** Lines of the bench's table. */

export interface Row {
  what: string
  engine: number
  /** What the limit was measured with. */
  beside: string
  limit: number
  /** The engine's figure by the limit's. */
  ratio: number
  /** What the ratio is to be; empty where it is only told. */
  target: string
}

/** Three digits that mean something. */
const rounded = (value: number): number => Number(value.toPrecision(3))

export const row = (what: string, beside: string, engine: number, limit: number, target: string): Row => ({
  what,
  engine: rounded(engine),
  beside,
  limit: rounded(limit),
  ratio: rounded(engine / limit),
  target,
})

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
