/** A page on a real host, in which chosen entries answer with given values, and a desktop's part can stand beside it. */
import type { Page } from '@playwright/test'
import type { LinkState } from '../../shared/contract/bridge.ts'
import { desktopEntries, desktopStateSchema, type DesktopState } from '../../shared/contract/desktop.ts'
import { describeFailure, type Failure, type Locale } from '../../shared/contract/errors.ts'
import { contract, type Answer, type EntryName, type EntryResult } from '../../shared/contract/index.ts'
import type { Office } from '../../tests/support/office.ts'

/** What an entry answers in place of the host. */
export type Answers = { readonly [Name in EntryName]?: EntryResult<Name> | { readonly failure: Failure } }

/** What the page shows from its next load on. */
export interface StandIn {
  answers: Answers
  /** The desktop's state. Whether there is a desktop at all is said when the page is made. */
  machine: DesktopState | null
  /** What every other entry of the desktop answers; absent: it works. */
  machineFailure?: Failure
  /** Whether the engine can be reached; absent: it can. */
  link?: LinkState
}

/* Runs in the page before anything else; it uses nothing from outside itself. */
function installBridge(hasMachine: boolean): void {
  type Ask = (entry: string, input: unknown) => Promise<unknown>
  const { askHost, askMachine, askLink } = globalThis as unknown as Record<'askHost' | 'askMachine' | 'askLink', Ask>
  const none = () => undefined
  const switchboard = {
    host: hasMachine ? 'desktop' : 'browser',
    call: askHost,
    onEvents: () => none,
    onLink(listener: (state: string) => void) {
      void askLink('', {}).then((state) => listener(String(state)))
      return none
    },
    setLocale: none,
    ...(hasMachine && { desktop: { call: askMachine, onEvent: () => none } }),
  }
  Object.assign(globalThis, { switchboard })
}

/** What is given in place of an answer has to be one: it is checked as the contract has it. */
function answerOf(entry: EntryName, given: object, locale: Locale): Answer<unknown> {
  if ('failure' in given) return { ok: false, error: describeFailure(given.failure as Failure, locale) }
  return { ok: true, result: contract[entry].output.parse(given) }
}

/** @param shown may be changed; it counts from the next load of the page on */
export async function installStandIn(page: Page, office: Office, locale: Locale, shown: StandIn): Promise<void> {
  const origin = new URL(office.ready.url).origin
  await page.exposeFunction('askHost', async (entry: EntryName, input: unknown) => {
    const given = shown.answers[entry]
    if (given) return answerOf(entry, given, locale)
    const answer = await fetch(`${origin}/api/${entry}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${office.ready.token}`,
        'accept-language': locale,
      },
      body: JSON.stringify(input),
    })
    return answer.json()
  })
  await page.exposeFunction('askMachine', (entry: keyof typeof desktopEntries) => {
    if (entry !== 'desktop.get' && shown.machineFailure) {
      return { ok: false, error: describeFailure(shown.machineFailure, locale) }
    }
    const isState = desktopEntries[entry].output === (desktopStateSchema as unknown)
    return { ok: true, result: isState ? shown.machine : entry === 'desktop.arrive' ? { destination: null } : {} }
  })
  await page.exposeFunction('askLink', () => shown.link ?? 'connected')
  await page.addInitScript(installBridge, shown.machine !== null)
}
