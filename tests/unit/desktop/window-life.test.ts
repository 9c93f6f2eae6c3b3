/** What becomes of a window that is closed, ends by itself, or does not answer. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CrashBook, HangWatch, onWindowClose, patienceMs, reloads } from '../../../electron/desktop/window-life.ts'

describe('closing the window', () => {
  const on = (onClose: 'ask' | 'hide' | 'quit', platform: NodeJS.Platform = 'linux', isQuitting = false) =>
    onWindowClose({ onClose }, { isQuitting, platform })
  it('does what the operator chose, and asks until they have', () => {
    expect([on('ask'), on('hide'), on('quit')]).toEqual(['ask', 'hide', 'close'])
  })
  it('hides it on macOS, where the application stays in the dock', () => {
    expect([on('ask', 'darwin'), on('hide', 'darwin'), on('quit', 'darwin')]).toEqual(['hide', 'hide', 'hide'])
  })
  it('closes it when the application quits, whatever was chosen', () => {
    for (const platform of ['darwin', 'win32', 'linux'] as const) {
      for (const choice of ['ask', 'hide', 'quit'] as const) expect(on(choice, platform, true)).toBe('close')
    }
  })
})

describe('a page that ends', () => {
  it('is loaded again, but not over and over', () => {
    const book = new CrashBook()
    const notes = Array.from({ length: reloads.most + 2 }, (_, n) => book.note(n * 1000))
    expect(notes).toEqual([true, true, true, false, false])
    expect(book.note(reloads.withinMs * 3)).toBe(true)
  })
  it('is loaded again when somebody wants it', () => {
    const book = new CrashBook()
    for (let n = 0; n < 4; n += 1) book.note(n)
    book.forget()
    expect(book.note(5)).toBe(true)
  })
})

describe('a page that does not answer', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  it('has its time, and is ended then, once', () => {
    const end = vi.fn()
    const watch = new HangWatch(end)
    watch.unresponsive()
    vi.advanceTimersByTime(patienceMs / 2)
    watch.unresponsive()
    vi.advanceTimersByTime(patienceMs / 2 - 1)
    expect(end).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(end).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(patienceMs * 2)
    expect(end).toHaveBeenCalledOnce()
  })
  it('is left alone when it answers again', () => {
    const end = vi.fn()
    const watch = new HangWatch(end)
    watch.unresponsive()
    watch.responsive()
    vi.advanceTimersByTime(patienceMs * 2)
    expect(end).not.toHaveBeenCalled()
  })
})
