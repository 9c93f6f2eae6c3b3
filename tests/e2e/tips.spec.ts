/** What floats at a button: its name and key where the pointer rests, and the panes that a press opens. */
import { expect, test, type Page } from '@playwright/test'
import { openFixture } from '../support/fixture-page.ts'

const tip = (page: Page) => page.getByRole('tooltip')
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test.beforeEach(async ({ page }) => {
  await openFixture(page)
  await page.getByRole('link', { name: /^佐藤 美咲/ }).click()
  await expect(page.getByRole('article').first()).toBeVisible()
})

test('the pointer that rests on a button is told its name and its key, beside it', async ({ page }) => {
  const done = button(page, '标为已解决')
  await done.hover()
  await expect(tip(page)).toHaveText('标为已解决Alt R')
  const [words, own] = [await tip(page).boundingBox(), await done.boundingBox()]
  // Below it: above is no room.
  expect(words!.y).toBeGreaterThan(own!.y + own!.height)
  await button(page, '表情').hover()
  await expect(tip(page)).toHaveText('表情')
  const [above, emoji] = [await tip(page).boundingBox(), await button(page, '表情').boundingBox()]
  expect(above!.y + above!.height).toBeLessThan(emoji!.y)
  await page.keyboard.press('Escape')
  await expect(tip(page)).toBeHidden()
})

test('what a press opened closes with a press elsewhere, on the button, or with Esc', async ({ page }) => {
  const emoji = button(page, '表情')
  const pane = page.getByRole('dialog', { name: '表情' })
  await emoji.click()
  await expect(pane).toBeVisible()
  await expect(tip(page)).toBeHidden()
  await emoji.click()
  await expect(pane).toBeHidden()
  await emoji.click()
  await expect(pane).toBeVisible()
  await page.getByRole('article').first().click()
  await expect(pane).toBeHidden()
  await emoji.click()
  await expect(pane).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(pane).toBeHidden()
})
