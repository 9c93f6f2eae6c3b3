/** What the sections of the pages share. */
import type { Journal } from '../journal.ts'
import type { Robot, RobotState } from '../model.ts'
import type { Platform } from '../platform.ts'
import { html, type Html } from './html.ts'
import type { PageLanguage, Texts } from './texts.ts'

export interface View {
  readonly platform: Platform
  readonly journal: Journal
  readonly language: PageLanguage
}

const signs: Readonly<Record<RobotState, string>> = { online: '✓', offline: '○', banned: '⊘', limited: '◐' }
/** The newest merchant's first, since older ones are what earlier data folders left behind. */
export function newestFirst(platform: Platform): Robot[] {
  return [...platform.world.state.merchants].reverse().flatMap(({ merchantNo }) => platform.world.robotsOf(merchantNo))
}

export const stateSign = (state: RobotState, text: Texts): Html =>
  html`<span class="state ${state}">${signs[state]} ${text[state]}</span>`
