/** Screens that are empty, fail or load, for the pictures: what the real engine shows seldom or for a moment. */
import type { Page } from '@playwright/test'
import { describeFailure, type Locale } from '../../shared/contract/errors.ts'
import type { ClientFrame, ServerFrame } from '../../shared/contract/frames.ts'

export type PictureState = 'failing' | 'loading'

/** Without these there is no screen at all. */
const needed = /^(settings|system|connections|robots|lock|watch|sandbox)\./

/** Answers what the screens ask with a failure, or never; what the application needs to start is let through. */
export async function holdAnswers(page: Page, state: PictureState, locale: Locale): Promise<void> {
  await page.routeWebSocket(/\/ws$/, (route) => {
    const host = route.connectToServer()
    route.onMessage((message) => {
      const frame = JSON.parse(String(message)) as ClientFrame
      if (frame.type !== 'call' || needed.test(frame.entry)) {
        host.send(message)
        return
      }
      if (state === 'loading') return
      const error = describeFailure({ code: 'storage-failed', params: { problem: 'EIO' } }, locale)
      const answer: ServerFrame = { type: 'error', id: frame.id, ok: false, error }
      route.send(JSON.stringify(answer))
    })
  })
}
