import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bounds, placeWindow, smallest, windowStateShape } from '../../../electron/desktop/window-bounds.ts'

const main = { x: 0, y: 0, width: 1920, height: 1040 }
const right = { x: 1920, y: -200, width: 2560, height: 1400 }

const isWithin = (bounds: Bounds, area: Bounds): boolean =>
  bounds.x >= area.x &&
  bounds.y >= area.y &&
  bounds.x + bounds.width <= area.x + area.width &&
  bounds.y + bounds.height <= area.y + area.height

describe('where the window opens', () => {
  it('opens in the middle of the first screen at first', () => {
    expect(placeWindow(null, [main, right])).toEqual({ x: 240, y: 70, width: 1440, height: 900 })
  })
  it('is cut to a small screen', () => {
    const small = { x: 0, y: 25, width: 1280, height: 700 }
    expect(placeWindow(null, [small])).toEqual(small)
  })
  it('opens where it was', () => {
    const saved = { x: 2000, y: 0, width: 1500, height: 1000 }
    expect(placeWindow(saved, [main, right])).toEqual(saved)
  })
  it('comes back when the screen it was on has gone', () => {
    const placed = placeWindow({ x: 2000, y: 0, width: 1500, height: 1000 }, [main])
    expect(placed).toEqual({ x: 210, y: 20, width: 1500, height: 1000 })
  })
  it('lies within one screen and is not too small, whatever was kept', () => {
    const length = fc.integer({ min: -100_000, max: 100_000 })
    const size = fc.integer({ min: 1, max: 100_000 })
    const any = fc.record({ x: length, y: length, width: size, height: size })
    const screens = fc.record({
      x: length,
      y: length,
      width: fc.integer({ min: 200, max: 8000 }),
      height: fc.integer({ min: 200, max: 8000 }),
    })
    fc.assert(
      fc.property(fc.option(any), screens, fc.array(screens, { maxLength: 3 }), (saved, first, others) => {
        const placed = placeWindow(saved, [first, ...others])
        const area = [first, ...others].find((screen) => isWithin(placed, screen))
        expect(area).toBeDefined()
        expect(placed.width).toBeGreaterThanOrEqual(Math.min(smallest.width, area!.width))
        expect(placed.height).toBeGreaterThanOrEqual(Math.min(smallest.height, area!.height))
      }),
    )
  })
  it('takes from the file only what is a window', () => {
    const good = { bounds: { x: 1, y: 2, width: 3, height: 4 }, maximized: false }
    expect(windowStateShape.safeParse(good).success).toBe(true)
    for (const bad of [
      null,
      undefined,
      1,
      {},
      { ...good, bounds: { ...good.bounds, width: Number.NaN } },
      { ...good, bounds: { ...good.bounds, height: -4 } },
      { ...good, maximized: 'yes' },
    ]) {
      expect(windowStateShape.safeParse(bad).success).toBe(false)
    }
  })
})
