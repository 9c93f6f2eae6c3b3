/** What a smaller window leaves to be reached and read. */
import { expect, test, type Locator, type Page } from '@playwright/test'
import { openFixture } from '../support/fixture-page.ts'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
/** Whether all of its words can be seen. */
const isWhole = (element: Locator): Promise<boolean> =>
  element.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)

/** Where it ends, in CSS pixels from the window's top. */
const bottomOf = async (element: Locator): Promise<number> => {
  const box = await element.boundingBox()
  return box ? box.y + box.height : Number.NaN
}

test('the details come over the history, and leave the head of the conversation to be pressed', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 700 })
  await openFixture(page)
  await page.getByRole('link', { name: /^佐藤 美咲/ }).click()
  await button(page, '显示资料').click()
  const details = page.getByRole('complementary', { name: '资料' })
  await expect(details).toBeVisible()
  await button(page, '标为已解决').click()
  await expect(button(page, '重新打开')).toBeVisible()
  // What is written goes on beside them, and is sent.
  const composer = page.getByRole('textbox', { name: /^写给 / })
  await composer.fill('第一行\n第二行\n第三行')
  await expect.poll(async () => bottomOf(details)).toBeLessThanOrEqual((await composer.boundingBox())?.y ?? 0)
  await button(page, '表情').click()
  await page.keyboard.press('Escape')
  await expect(details).toBeVisible()
  await page.getByRole('button', { name: /^发送/ }).click()
  await expect(page.getByRole('article').last()).toContainText('第三行')
  // The same button again, not the one of the details.
  await page.getByRole('main').getByRole('button', { name: '隐藏资料' }).click()
  await expect(details).toBeHidden()
})

for (const language of ['zh-CN', 'en'] as const) {
  test(`the filters of the narrow list are read in full: ${language}`, async ({ page }) => {
    await page.setViewportSize({ width: 1024, height: 700 })
    await openFixture(page, {
      language,
      change: (data) => {
        for (const robot of data.robots) robot.unread = 1234
      },
    })
    const filters = page.getByRole('group', { name: language === 'en' ? 'Filters' : '筛选', exact: true }).first()
    await expect(filters.getByRole('button').first()).toBeVisible()
    for (const chip of await filters.getByRole('button').all()) expect(await isWhole(chip)).toBe(true)
  })
}

test('a file to bring in is chosen in the words of the application', async ({ page }) => {
  await openFixture(page, { path: '/settings' })
  await page.getByRole('region', { name: '换到另一台机器' }).getByRole('button', { name: /导入/ }).click()
  const dialog = page.getByRole('dialog', { name: '导入归档文件' })
  await expect(dialog.getByText('还没有选择')).toBeVisible()
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByText('选择文件…').click()
  await (await chooser).setFiles({ name: '昨天.switchboard', mimeType: '', buffer: Buffer.from('x') })
  await expect(dialog.getByText('昨天.switchboard')).toBeVisible()
  await expect(dialog.getByText('还没有选择')).toBeHidden()
})
