/** What is unread, where it is seen without the window: its title, its icon, and the application's badge. */
import { watchEffect, type ComputedRef } from 'vue'

const size = 32

/** The application's sign, with the count in it where there is one. */
export function drawIcon(count: number): string {
  const text = count > 99 ? '99+' : String(count)
  const badge =
    count > 0
      ? `<rect x="${text.length > 2 ? 4 : 10}" y="12" width="${text.length > 2 ? 28 : 22}" height="20" rx="10" fill="#fff"/>` +
        `<text x="${text.length > 2 ? 18 : 21}" y="27" font-family="sans-serif" font-size="${text.length > 2 ? 13 : 15}" font-weight="700" text-anchor="middle" fill="#0b6f6a">${text}</text>`
      : ''
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 32 32">` +
    `<rect width="32" height="32" rx="8" fill="#0b6f6a"/><path d="M8 11h16M8 16h10M8 21h6" stroke="#fff" stroke-width="3" stroke-linecap="round"/>${badge}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

interface Badging {
  setAppBadge?: (count: number) => Promise<void>
  clearAppBadge?: () => Promise<void>
}

/** Keeps icon and badge at the count. Must be called in setup. */
export function useBadge(count: ComputedRef<number>): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  const badging = navigator as Badging
  watchEffect(() => {
    icon?.setAttribute('href', drawIcon(count.value))
    const told = count.value > 0 ? badging.setAppBadge?.(count.value) : badging.clearAppBadge?.()
    // A browser window that is not installed has no badge.
    told?.catch(() => undefined)
  })
}
