/** What is done with messages, and with what is being written. */
import { expect, test, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import type { FixtureControl } from '../support/fixture-bridge.ts'
import { openFixture } from '../support/fixture-page.ts'

declare const fixture: FixtureControl

const open = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(`^${name}`) }).click()
const article = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text })
const composer = (page: Page) => page.getByRole('textbox', { name: /^写给/ })
const callsOf = (page: Page, entry: string) =>
  page.evaluate((name) => fixture.calls.filter((call) => call.entry === name).map((call) => call.input), entry)

test('a message is quoted, and forwarded to several', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  const message = article(page, '真好看!')
  await message.hover()
  await message.getByRole('button', { name: '引用到输入框' }).click()
  await expect(composer(page)).toHaveValue('> 真好看!\n')

  await message.click({ button: 'right' })
  await page.getByRole('menuitem', { name: '转发' }).click()
  const forward = page.getByRole('dialog', { name: '转发' })
  await forward.getByRole('checkbox', { name: /陈建国/ }).check()
  await forward.getByRole('checkbox', { name: /吴晓东/ }).check()
  await forward.getByRole('button', { name: '转发' }).click()
  await expect
    .poll(() => callsOf(page, 'messages.send'))
    .toMatchObject([
      { robotId: '1', peer: { id: 'u-chen' }, content: '真好看!' },
      { robotId: '4', peer: { id: 'u-wu' }, content: '真好看!' },
    ])
})

test('a message is looked at as it came, and deleted here only', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  const message = article(page, '真好看!')
  await message.click({ button: 'right' })
  await page.getByRole('menuitem', { name: '原始内容' }).click()
  await expect(page.getByRole('textbox', { name: '送来它的回调' })).toContainText('"nMsgType": "42"')
  await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()

  await message.click({ button: 'right' })
  await page.getByRole('menuitem', { name: '仅在本机删除' }).click()
  await expect(page.getByText('平台和对方那里仍然保留')).toBeVisible()
  await page.getByRole('button', { name: '删除', exact: true }).click()
  await expect(message).toHaveCount(0)
})

test('a link opens only after a question that shows where it leads', async ({ page }) => {
  await openFixture(page)
  await open(page, '<img')
  await page.getByRole('article').getByRole('link', { name: 'https://example.com/a?b=1' }).click()
  const question = page.getByRole('dialog', { name: '打开链接？' })
  await expect(question).toContainText('example.com')
  await expect(question.getByRole('link', { name: '打开' })).toHaveAttribute('href', 'https://example.com/a?b=1')
  await expect(question.getByRole('link', { name: '打开' })).toHaveAttribute('rel', /noopener/)
})

test('a picture is looked at closely by key', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  await page.getByRole('button', { name: '您发出的图片' }).click()
  const viewer = page.getByRole('dialog', { name: '查看图片' })
  await expect(viewer.getByText('1 / 1')).toBeVisible()
  await page.keyboard.press('+')
  await expect(viewer.getByText('125 %')).toBeVisible()
  await page.keyboard.press('r')
  await expect(viewer.getByRole('img')).toHaveCSS('transform', /matrix/)
  const saved = page.waitForEvent('download')
  await page.keyboard.press('s')
  expect((await saved).suggestedFilename()).toMatch(/\.(png|jpg|svg)$/)
  await page.keyboard.press('Escape')
  await expect(viewer).toHaveCount(0)
})

test('emoji are found by words of either language and go where the cursor is', async ({ page }) => {
  await openFixture(page)
  await open(page, '李思雨')
  await composer(page).fill('好的')
  await page.getByRole('button', { name: '表情' }).click()
  const search = page.getByRole('combobox', { name: '搜索表情' })
  await search.fill('thumbs up')
  await expect(page.getByRole('option', { name: /赞|拇指/ }).first()).toBeVisible()
  await search.fill('火箭')
  await search.press('Enter')
  await expect(composer(page)).toHaveValue('好的🚀')
})

test('members of a group are named after an @', async ({ page }) => {
  await openFixture(page)
  await open(page, '周末团购群')
  await composer(page).pressSequentially('@赵')
  await expect(page.getByRole('listbox', { name: '群成员' }).getByRole('option')).toHaveCount(1)
  await composer(page).press('Enter')
  await expect(composer(page)).toHaveValue('@赵敏 ')
})

test('a long text shows how it will be split', async ({ page }) => {
  await openFixture(page)
  await open(page, '李思雨')
  await composer(page).fill(`${'字'.repeat(200)}。${'词'.repeat(100)}。`)
  await page.getByRole('button', { name: /将分 2 段发送/ }).click()
  const parts = page.getByRole('region', { name: '将分成 2 段发送' }).getByRole('listitem')
  await expect(parts).toHaveCount(2)
  await expect(parts.nth(1)).toContainText('词'.repeat(100))
})

test('a text for later waits in sight, is edited or taken back; one that missed its time says so first', async ({
  page,
}) => {
  await openFixture(page)
  await open(page, '李思雨')
  await composer(page).fill('明天见')
  await page.getByRole('button', { name: '稍后发送' }).click()
  await page.getByRole('button', { name: /明天/ }).click()
  await expect(composer(page)).toHaveValue('')
  const strip = page.getByRole('region', { name: '显示等待发送的消息' })
  await strip.getByRole('button', { name: '1 条消息等待发送' }).click()
  await strip.getByRole('button', { name: '修改' }).click()
  await expect(composer(page)).toHaveValue('明天见')
  await expect(strip).toHaveCount(0)
  await page.evaluate(() => {
    const item = {
      id: '9',
      robotId: '4',
      peer: { kind: 'friend' as const, id: 'u-li' },
      type: 'text' as const,
      content: '早上好',
      at: Date.now() - 9e6,
      missed: true,
      createdAt: 1,
    }
    fixture.emit({ event: 'scheduled.changed', data: { items: [item] } })
  })
  await expect(strip).toContainText('1 条消息错过了时间，没有发送')
  await expect(strip).toContainText('早上好')
})

test('a message that waits is called back into the composer', async ({ page }) => {
  await openFixture(page)
  await open(page, '李思雨')
  await composer(page).fill('写错了')
  await composer(page).press('Enter')
  const message = article(page, '写错了')
  await message.getByRole('button', { name: '撤回' }).click()
  await expect(composer(page)).toHaveValue('写错了')
  await expect(message).toHaveCount(0)
})

test('a picture of this machine is answered by a sentence and the way by link', async ({ page }) => {
  await openFixture(page)
  await open(page, '李思雨')
  await composer(page).evaluate((area) => {
    const data = new DataTransfer()
    data.items.add(new File(['x'], 'cup.png', { type: 'image/png' }))
    area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })
  await expect(page.getByText('还不能直接发送本机的图片')).toBeVisible()
  await page.getByRole('button', { name: '用链接发送' }).click()
  await expect(page.getByRole('textbox', { name: '图片链接' })).toBeVisible()
})

test('a menu over the composer that cannot load says so and tries again', async ({ page }) => {
  await openFixture(page, { change: (data) => data.failing.push('groups.get') })
  await open(page, '周末团购群')
  await composer(page).pressSequentially('@')
  const problem = page.getByRole('main').getByRole('alert').filter({ hasText: '数据库读写失败' })
  await expect(problem).toBeVisible()
  await page.evaluate(() => fixture.heal('groups.get'))
  await problem.getByRole('button', { name: '重试' }).click()
  await expect(page.getByRole('listbox', { name: '群成员' }).getByRole('option')).toHaveCount(3)
})

test('by key from the composer to a message and what can be done with it', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  await composer(page).press('ArrowUp')
  await expect(page.getByRole('article').last()).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('article').nth(-2)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: '复制' })).toBeVisible()
})

const menu = async (page: Page, item: string) => {
  await article(page, '真好看!').click({ button: 'right' })
  await page.getByRole('menuitem', { name: item }).click()
}
test('what opens over the conversation is accessible', async ({ page }) => {
  const complaints = await openFixture(page)
  await open(page, '佐藤')
  const later = async () => {
    await composer(page).fill('明天见')
    await page.getByRole('button', { name: '稍后发送' }).click()
  }
  for (const [name, show] of [
    ['转发', () => menu(page, '转发')],
    ['查看图片', () => page.getByRole('button', { name: '您发出的图片' }).click()],
    ['何时发送', later],
  ] as const) {
    await show()
    await expect(page.getByRole('dialog', { name })).toBeVisible()
    await expect(page.getByRole('dialog', { name })).toHaveCSS('opacity', '1')
    expect(await findings(page, '[role="dialog"]')).toEqual([])
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
  }
  expect(complaints).toEqual([])
})

test('details: note, other robots, raw; accessible, also while messages are picked', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  const details = page.getByRole('complementary', { name: '资料' })
  await details.getByRole('textbox', { name: '便笺' }).fill('喜欢青瓷')
  await details.getByRole('textbox', { name: '便笺' }).blur()
  await expect
    .poll(() => callsOf(page, 'conversations.update'))
    .toContainEqual(expect.objectContaining({ note: '喜欢青瓷' }))
  await expect(details.getByRole('link', { name: /小雅客服/ })).toBeVisible()
  await article(page, '真好看!').click({ button: 'right' })
  await page.getByRole('menuitem', { name: '选择' }).click()
  await expect(page.getByRole('region', { name: '已选 1 条消息' })).toBeVisible()
  expect(await findings(page)).toEqual([])
})
