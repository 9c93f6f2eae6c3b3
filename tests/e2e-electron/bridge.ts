/** The page's bridge to the engine, in a test's hand. */
import { expect, type Page } from '@playwright/test'

/** What the page has of the bridge, as far as a test asks it. */
export type Call = (
  entry: string,
  input: object,
) => Promise<{ ok: boolean; result?: unknown; error?: { code: string } }>
export interface BridgeWindow {
  readonly switchboard: { readonly host: string; readonly call: Call }
}

/** Calls an entry of the contract from the page, as a screen does. */
export async function callFromPage<Result>(page: Page, entry: string, input: object = {}): Promise<Result> {
  const answer = await page.evaluate(
    ([name, given]) => (globalThis as unknown as BridgeWindow).switchboard.call(name, given),
    [entry, input] as const,
  )
  expect(answer, entry).toMatchObject({ ok: true })
  return answer.result as Result
}
