/** What becomes of a window that is closed, ends by itself, or no longer answers: decisions, without a window. */
import type { DesktopSettings } from '#shared/contract/desktop.ts'

export type OnClose = 'close' | 'hide' | 'ask'

/** What closing the window does. On macOS it stays in the dock, as is usual there, and comes back as it was. */
export function onWindowClose(
  { onClose }: Pick<DesktopSettings, 'onClose'>,
  { isQuitting, platform }: { isQuitting: boolean; platform: NodeJS.Platform },
): OnClose {
  if (isQuitting) return 'close'
  if (platform === 'darwin') return 'hide'
  return onClose === 'quit' ? 'close' : onClose
}

/* A page that ends at once each time is not loaded again for ever. */
export const reloads = { most: 3, withinMs: 60_000 }

/** How long a page may answer nothing before it is ended and loaded again, in milliseconds. */
export const patienceMs = 15_000

/** Counts ends of the page. */
export class CrashBook {
  #at: number[] = []

  /** Notes one. @param now milliseconds @returns whether to load the page again by itself */
  note(now: number): boolean {
    this.#at = [...this.#at.filter((at) => now - at < reloads.withinMs), now]
    return this.#at.length <= reloads.most
  }

  /** Somebody wants to try again. */
  forget(): void {
    this.#at = []
  }
}

/** Waits for a page that does not answer. */
export class HangWatch {
  #timer: NodeJS.Timeout | null = null
  readonly #end: () => void

  /** @param end ends the page: it had its time */
  constructor(end: () => void) {
    this.#end = end
  }

  unresponsive(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#end()
    }, patienceMs)
    this.#timer.unref()
  }

  responsive(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
