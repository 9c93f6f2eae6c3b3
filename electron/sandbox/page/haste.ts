/** What the sandbox calls too fast, and what becomes of it: a form, and what it does. */
import { z } from 'zod'
import type { Platform } from '../platform.ts'
import { settingsChange } from '../settings.ts'
import { html, type Html } from './html.ts'
import type { Texts } from './texts.ts'
import type { View } from './view.ts'

export function haste({ platform }: View, text: Texts): Html {
  const { rateLimit, friendLimit, haste: outcome, hasteLimitMs } = platform.settings
  const number = (name: string, label: string, value: number): Html =>
    html`<label><span>${label}</span><input name="${name}" type="number" min="1" step="any" value="${value}" /></label>`
  const choices = [
    ['ban', text.hasteBan],
    ['limit-first', text.hasteLimitFirst],
  ] as const
  return html`<header><h2>${text.haste}</h2></header>
    <form method="post" action="/page/haste" class="grid">
      ${number('messages', text.hasteMessages, rateLimit.messages)}
      ${number('messageSeconds', text.hasteWithin, rateLimit.windowMs / 1000)}
      ${number('requests', text.hasteRequests, friendLimit.requests)}
      ${number('requestSeconds', text.hasteWithin, friendLimit.windowMs / 1000)}
      <label>
        <span>${text.hasteOutcome}</span>
        <select name="haste">
          ${choices.map(
            ([value, label]) => html`<option value="${value}" ${outcome === value && html`selected`}>${label}</option>`,
          )}
        </select>
      </label>
      ${number('limitSeconds', text.hasteLimit, hasteLimitMs / 1000)}
      <div class="buttons"><button class="main">${text.apply}</button></div>
    </form>`
}

const form = z.object({
  messages: z.coerce.number(),
  messageSeconds: z.coerce.number(),
  requests: z.coerce.number(),
  requestSeconds: z.coerce.number(),
  limitSeconds: z.coerce.number(),
  haste: z.string(),
})

const milliseconds = (seconds: number): number => Math.round(seconds * 1000)

/** Takes the form's values. */
export function setHaste(platform: Platform, given: Record<string, string>): void {
  const { messages, messageSeconds, requests, requestSeconds, limitSeconds, haste: outcome } = form.parse(given)
  const change = settingsChange.parse({
    rateLimit: { messages, windowMs: milliseconds(messageSeconds) },
    friendLimit: { requests, windowMs: milliseconds(requestSeconds) },
    haste: outcome,
    hasteLimitMs: milliseconds(limitSeconds),
  })
  platform.world.state.settings = { ...platform.settings, ...change }
  platform.world.touch()
}
