import { z } from 'zod'

/** A rectangle on the desktop in device-independent pixels. */
const boundsShape = z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() })
export type Bounds = z.infer<typeof boundsShape>

/** What is kept of the window between two starts. */
export const windowStateShape = z.object({
  bounds: boundsShape,
  maximized: z.boolean(),
  /** Chromium's level: 0 is the actual size, each step a fifth more or less. */
  zoom: z.number().min(-8).max(9).default(0),
})
export type WindowState = z.infer<typeof windowStateShape>

export const smallest = { width: 940, height: 600 }
const usual = { width: 1440, height: 900 }

const between = (low: number, value: number, high: number): number => Math.max(low, Math.min(value, high))

/** How much of a rectangle lies within an area, in square pixels. */
function overlap(bounds: Bounds, area: Bounds): number {
  const width = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x)
  const height = Math.min(bounds.y + bounds.height, area.y + area.height) - Math.max(bounds.y, area.y)
  return Math.max(0, width) * Math.max(0, height)
}

/** Shrinks and moves a rectangle so that it lies within an area. */
function fitInto(bounds: Bounds, area: Bounds): Bounds {
  const width = Math.min(Math.max(bounds.width, smallest.width), area.width)
  const height = Math.min(Math.max(bounds.height, smallest.height), area.height)
  return {
    x: between(area.x, bounds.x, area.x + area.width - width),
    y: between(area.y, bounds.y, area.y + area.height - height),
    width,
    height,
  }
}

/**
 * Where the window opens: where it was, if a screen is still there; else in the middle of the first screen.
 *
 * @param saved from the last time; null at the first start
 * @param areas the screens' areas without task bars, the main one first
 */
export function placeWindow(saved: Bounds | null, areas: readonly [Bounds, ...Bounds[]]): Bounds {
  const [main] = areas
  const best = saved && areas.reduce((one, other) => (overlap(saved, other) > overlap(saved, one) ? other : one))
  if (saved && best && overlap(saved, best) > 0) return fitInto(saved, best)
  const { width, height } = saved ?? usual
  const fitting = fitInto({ x: main.x, y: main.y, width, height }, main)
  return {
    ...fitting,
    x: main.x + Math.floor((main.width - fitting.width) / 2),
    y: main.y + Math.floor((main.height - fitting.height) / 2),
  }
}
