/** Links as macOS hands them over: by events, the first of them before the application is ready. */
import type { App } from 'electron'
import type { Destination } from '#shared/contract/desktop.ts'
import { readLink } from './links.ts'

export interface HeardLinks {
  /** Opens what was asked for meanwhile, and what is asked for from now on. */
  follow(open: (destination: Destination) => void): void
}

/** Begins to listen; to be called before anything that waits. */
export function hearLinks(app: Pick<App, 'on'>): HeardLinks {
  let early: Destination | null = null
  let open: ((destination: Destination) => void) | null = null
  app.on('open-url', (event, url) => {
    event.preventDefault()
    const destination = readLink(url)
    if (!destination) return
    if (open) open(destination)
    else early = destination
  })
  return {
    follow(given) {
      open = given
      if (early) given(early)
      early = null
    },
  }
}
