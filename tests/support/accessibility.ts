/** axe, as the browser tests ask it. */
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/**
 * What axe finds wrong on a page, or within one part of it.
 *
 * @param within a CSS selector of the part
 * @returns a line for each rule that is broken, with the elements that break it
 */
export async function findings(page: Page, within?: string): Promise<string[]> {
  // What is right is not listed, and needs no page of its own to be put together in: that is most of the time.
  const builder = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode()
  const { violations } = await (within === undefined ? builder : builder.include(within)).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
