/** The watch on the screen: an alarm above every screen, a browser's notification, a webhook that is tested. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { findings } from '../support/accessibility.ts'
import { openOffice, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial', timeout: 120_000 })

let office: Office
let context: BrowserContext
let page: Page
let receiver: Server
let url = ''
const posted: string[] = []
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  receiver = createServer((request, response) => {
    posted.push(String(request.headers['x-switchboard-signature']))
    response.end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alarms`
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  // What would be shown by the system.
  await page.addInitScript(() => {
    const shown: string[] = []
    function Shown(title: string): void {
      shown.push(title)
    }
    Object.assign(Shown, { permission: 'granted', requestPermission: () => Promise.resolve('granted') })
    Object.assign(globalThis, { Notification: Shown, shown })
    document.hasFocus = () => false
  })
  await page.goto(office.ready.url)
  await page.goto(`${new URL(office.ready.url).origin}/settings#watch`)
  await expect(page.getByRole('region', { name: '值守提醒' })).toBeVisible()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
  receiver.close()
})

const watch = () => page.getByRole('region', { name: '值守提醒' })
const bar = () => page.getByRole('list', { name: '值守提醒' })
const shown = () => page.evaluate(() => (globalThis as unknown as { shown: string[] }).shown)
async function robotBecomes(state: string): Promise<void> {
  const [robot] = (await office.api('robots.list', {})).items
  await office.sandbox(`robots/${robot?.serialNo}`, { state })
}

test('the webhook is set with a secret made here, and tested', async () => {
  const region = page.getByRole('region', { name: '提醒推送' })
  await region.getByRole('textbox', { name: '地址' }).fill('ftp://nowhere')
  await region.getByRole('button', { name: '生成' }).click()
  await region.getByRole('button', { name: '保存', exact: true }).click()
  await expect(region.getByRole('alert')).toBeVisible()
  await region.getByRole('textbox', { name: '地址' }).fill(url)
  await region.getByRole('button', { name: '保存', exact: true }).click()
  await region.getByRole('button', { name: '发送测试' }).click()
  await expect(region.getByRole('list', { name: '最近的推送' })).toContainText('测试 · 已送达（HTTP 200）')
  expect(posted).toHaveLength(1)
  expect(posted[0]).toMatch(/^v1=[0-9a-f]{64}$/)
})

test('a robot that is banned is told above the screens, by notification and by webhook, and when it is over', async () => {
  await robotBecomes('banned')
  await expect(bar()).toContainText('已被封禁')
  await expect.poll(shown).toEqual([expect.stringContaining('已被封禁')])
  await expect.poll(() => posted.length).toBe(2)
  await expect(watch().getByRole('list', { name: '最近的提醒' })).toContainText('仍在持续')
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '任务' }).click()
  await expect(bar()).toContainText('已被封禁')
  await bar().getByRole('button', { name: '知道了，不再显示' }).click()
  await expect(bar()).toHaveCount(0)
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '设置' }).click()
  await robotBecomes('online')
  await expect.poll(async () => (await shown()).at(-1)).toContain('不再处于封禁状态')
  await expect.poll(() => posted.length).toBe(3)
})

test('a condition that is switched off is not looked for', async () => {
  await watch().getByRole('checkbox', { name: '机器人受限' }).click()
  await expect.poll(async () => (await office.api('watch.get', {})).kinds['robot-limited']).toBe(false)
})

test('is accessible, and nothing was complained of', async () => {
  for (const theme of ['light', 'dark'] as const) {
    await office.api('settings.set', { theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    expect(await findings(page)).toEqual([])
  }
  expect(complaints).toEqual([])
})
