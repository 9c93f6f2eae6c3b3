/** Quick replies: written on their page, found by a slash while a message is written, taken along in a file. */
import { expect, test, type Page } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let page: Page
let friend: Contact

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const { items: robots } = await office.api('robots.list', {})
  const robot = robots.find((item) => item.name === '林先生门店')!
  const { items: friends } = await office.api('friends.list', { robotId: robot.id })
  friend = await contactOf(office, robot.name, friends[0]!.name)
  await write(office, friend, '在吗')
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
})
test.afterAll(async () => {
  await page.context().close()
  await office.close()
})

const table = () => page.getByRole('table', { name: '快捷回复' })
const pane = () => page.getByRole('complementary')
const composer = () => page.getByRole('textbox', { name: /^写给/ })
const menu = () => page.getByRole('listbox', { name: '快捷回复' })

test('are written with variables, a folder and a picture, and shown as they will look', async () => {
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '快捷回复' }).click()
  await expect(page.getByText('还没有快捷回复')).toBeVisible()
  await page.getByRole('button', { name: '新建快捷回复' }).click()
  await expect(pane().getByRole('textbox', { name: '标题' })).toBeFocused()
  await pane().getByRole('button', { name: '保存' }).click()
  await expect(pane().getByRole('alert').first()).toHaveText('请写标题')
  await page.keyboard.type('问候')
  await pane()
    .getByRole('combobox', { name: /文件夹/ })
    .fill('开场')
  await pane().getByRole('textbox', { name: '内容' }).fill('您好 ,我是')
  await pane().getByRole('textbox', { name: '内容' }).press('End')
  await pane().getByRole('button', { name: '账号名称' }).click()
  await expect(pane().getByRole('textbox', { name: '内容' })).toHaveValue('您好 ,我是{robot}')
  await pane().getByRole('textbox', { name: '内容' }).fill('{friend}您好,我是{robot}')
  await expect(pane().getByText('王小明您好,我是')).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await expect(table().getByRole('row').filter({ hasText: '问候' })).toContainText('开场')
  await office.api('quickReplies.save', { folder: '物流', title: '运费', text: '满 99 元包邮', picture: null })
  await office.api('quickReplies.save', {
    folder: '物流',
    title: '网点图',
    text: '最近的网点:',
    picture: 'https://example.com/map.png',
  })
  await expect(table().getByRole('row')).toHaveCount(4)
  await page.getByRole('combobox', { name: '文件夹', exact: true }).selectOption('物流')
  await expect(table().getByRole('row')).toHaveCount(3)
  await page.getByRole('combobox', { name: '文件夹', exact: true }).selectOption('全部文件夹')
  expect(await findings(page)).toEqual([])
})

test('are found by a slash at the cursor, several in one message, filled in', async () => {
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '会话' }).click()
  await page.getByRole('region', { name: '会话列表' }).getByRole('link').filter({ hasText: friend.name }).click()
  await composer().pressSequentially('/问')
  await expect(menu().getByRole('option')).toHaveCount(1)
  await page.keyboard.press('Enter')
  await expect(menu()).toBeHidden()
  await expect(composer()).toHaveValue(`${friend.name}您好,我是林先生门店`)
  await composer().pressSequentially('。/物流')
  await expect(menu().getByRole('option')).toHaveCount(2)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await expect(composer()).toHaveValue(`${friend.name}您好,我是林先生门店。满 99 元包邮`)
  await page.keyboard.press('Enter')
  await expect(
    page.getByRole('region', { name: '消息记录' }).getByText(`${friend.name}您好,我是林先生门店。满 99 元包邮`),
  ).toBeVisible()
})

test('leave addresses, dates and who does not want them alone', async () => {
  await composer().fill('')
  await composer().pressSequentially('https://example.com/物流 1/运')
  await expect(menu()).toBeHidden()
  await composer().fill('')
  await composer().pressSequentially('/')
  await expect(menu().getByRole('option')).toHaveCount(3)
  await page.keyboard.press('Escape')
  await expect(menu()).toBeHidden()
  await expect(composer()).toHaveValue('/')
  await composer().fill('')
})

test('bring their picture along, which can be left out', async () => {
  await page.getByRole('button', { name: /^快捷回复/ }).click()
  await menu()
    .getByRole('option', { name: /网点图/ })
    .click()
  const attached = page.getByRole('list', { name: '随消息发出的图片' })
  await expect(attached.getByRole('listitem')).toHaveCount(1)
  await page.reload()
  await expect(attached.getByRole('listitem')).toHaveCount(1)
  await attached.getByRole('button', { name: '不发第 1 张图片' }).click()
  await expect(attached).toBeHidden()
  await composer().fill('')
  await page.getByRole('button', { name: /^快捷回复/ }).click()
  await menu()
    .getByRole('option', { name: /网点图/ })
    .click()
  await page.getByRole('button', { name: '发送', exact: true }).click()
  await expect(attached).toBeHidden()
  await expect
    .poll(async () => {
      const { items } = await office.api('messages.page', {
        robotId: friend.robotId,
        peer: { kind: 'friend', id: friend.userId },
        limit: 2,
      })
      return items.map(({ type, content }) => `${type} ${content}`)
    })
    .toEqual(['image https://example.com/map.png', 'text 最近的网点:'])
})

test('go to another Switchboard in a file; what is no such file changes nothing', async () => {
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '快捷回复' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出到文件' }).click()
  const path = await (await download).path()
  const { items } = JSON.parse(await readFile(path, 'utf8')) as { items: unknown[] }
  expect(items).toHaveLength(3)
  const { items: before } = await office.api('quickReplies.list', {})
  await office.api('quickReplies.remove', { ids: before.map(({ id }) => id) })
  await expect(page.getByText('还没有快捷回复')).toBeVisible()
  const picker = page.getByLabel('快捷回复文件')
  await picker.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"a":1}') })
  await expect(page.getByText('这不是快捷回复文件，什么也没有导入。')).toBeVisible()
  await picker.setInputFiles(path)
  await expect(table().getByRole('row')).toHaveCount(4)
})
