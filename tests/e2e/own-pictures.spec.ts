/** Pictures of this machine: pasted, dropped, chosen, given up, refused; and what becomes of the pixels on the way. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test, type Page } from '@playwright/test'
import { stripPicture } from '#engine/pictures/strip.ts'
import { findings } from '../support/accessibility.ts'
import type { FixtureControl } from '../support/fixture-bridge.ts'
import { openFixture } from '../support/fixture-page.ts'
import { contactOf, openOffice, type Contact, type Office } from '../support/office.ts'

declare const fixture: FixtureControl

const samplePath = (name: string): string => fileURLToPath(new URL(`../support/pictures/${name}`, import.meta.url))
const sample = (name: string): Buffer => readFileSync(samplePath(name))

const composer = (page: Page) => page.getByRole('textbox', { name: /^写给/ })
const attached = (page: Page) => page.getByRole('list', { name: '随消息发出的图片' }).getByRole('listitem')

interface Given {
  name: string
  type: string
  base64: string
}
const given = (name: string, type: string, bytes = sample(name)): Given => ({
  name,
  type,
  base64: bytes.toString('base64'),
})

/** Files come by the clipboard or the pointer. */
const bring = (page: Page, kind: 'paste' | 'drop', files: Given[]) =>
  composer(page).evaluate(
    (area, { kind, files }) => {
      const data = new DataTransfer()
      for (const { name, type, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
        data.items.add(new File([bytes], name, { type }))
      }
      const how = { bubbles: true, cancelable: true }
      area.dispatchEvent(
        kind === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: data, ...how })
          : new DragEvent('drop', { dataTransfer: data, ...how }),
      )
    },
    { kind, files },
  )

test.describe('over the real engine', () => {
  test.describe.configure({ mode: 'serial' })
  let office: Office
  let page: Page
  let contact: Contact
  const complaints: string[] = []

  test.beforeAll(async ({ browser }) => {
    office = await openOffice()
    await office.openForBusiness({ liveliness: 'off', answers: false })
    const [robot] = (await office.api('robots.list', {})).items
    const [friend] = (await office.api('friends.list', { robotId: robot!.id })).items
    contact = await contactOf(office, robot!.name, friend!.name)
    page = await browser.newPage({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
    })
    await page.goto(office.ready.url)
    await expect(page).toHaveURL(/\/inbox/)
    const origin = new URL(office.ready.url).origin
    await page.goto(`${origin}/inbox/${contact.robotId}/friend/${encodeURIComponent(contact.userId)}`)
    await expect(composer(page)).toBeVisible()
  })
  test.afterAll(async () => {
    await page.close()
    await office.close()
  })

  const images = async () => {
    const peer = { kind: 'friend' as const, id: contact.userId }
    const { items } = await office.api('messages.page', { robotId: contact.robotId, peer })
    return items.filter(({ type, direction }) => type === 'image' && direction === 'out').reverse()
  }

  test('one that is pasted gets a link, is shown before it goes, and goes once', async () => {
    await composer(page).fill('看看这张')
    await bring(page, 'paste', [given('camera.jpg', 'image/jpeg')])
    const item = attached(page).first()
    await expect(item.getByText(/^http:\/\/127\.0\.0\.1:\d+\/p\//)).toBeVisible()
    await expect(item.getByText(/链接有效至/)).toBeVisible()
    const shown = item.getByRole('img', { name: '图片预览' })
    // As it was held: a camera on its side, turned upright, so higher than wide.
    await expect
      .poll(() => shown.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]))
      .toEqual([32, 48])
    await composer(page).press('Enter')
    await expect(attached(page)).toHaveCount(0)
    await expect(page.getByRole('article').filter({ has: page.getByRole('img') })).toHaveCount(1)
    await expect.poll(async () => (await images()).length).toBe(1)
    const [message] = await images()
    const picture = await fetch(message!.content)
    expect(picture.headers.get('content-type')).toBe('image/jpeg')
    const body = Buffer.from(await picture.arrayBuffer()).toString('latin1')
    expect(body).not.toMatch(/CANARY|Exif|xmpmeta/)
  })

  test('several that are dropped stay in their order; what is no picture is told', async () => {
    await bring(page, 'drop', [
      given('moving.gif', 'image/gif'),
      given('still.webp', 'image/webp'),
      given('screen.png', 'image/png'),
      { name: 'list.pdf', type: 'application/pdf', base64: btoa('%PDF') },
    ])
    await expect(page.getByText('这里只能添加图片')).toBeVisible()
    await expect(attached(page)).toHaveCount(3)
    await expect(attached(page).getByText(/\.gif$/)).toBeVisible()
    await expect(attached(page).getByText(/^http:/)).toHaveText([/\.gif$/, /\.webp$/, /\.png$/])
    await page.getByRole('button', { name: '不发第 2 张图片' }).click()
    await expect(attached(page).getByText(/^http:/)).toHaveText([/\.gif$/, /\.png$/])
    await page.getByRole('button', { name: '发送', exact: true }).click()
    await expect
      .poll(async () => (await images()).map(({ content }) => content.slice(-4)))
      .toEqual(['.jpg', '.gif', '.png'])
  })

  test('one that is chosen can be sent before it has its link, and then goes by itself', async () => {
    await page.getByRole('button', { name: '发图片' }).click()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: '从这台电脑选择…' }).click()
    await (await chooser).setFiles([samplePath('progressive.jpg')])
    await page.getByRole('button', { name: '发送', exact: true }).click()
    await expect.poll(async () => (await images()).length).toBe(4)
    await expect(attached(page)).toHaveCount(0)
  })

  test('a large one is scaled to the limit, whatever it is', async () => {
    await office.api('settings.set', { pictureSide: 256 })
    const base64 = await page.evaluate(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 3000, height: 1500 })
      const context = canvas.getContext('2d')!
      context.fillStyle = '#2a7'
      context.fillRect(0, 0, 3000, 1500)
      return canvas.toDataURL('image/png').split(',')[1]!
    })
    await bring(page, 'paste', [{ name: 'wide.png', type: 'image/png', base64 }])
    const link = attached(page).getByText(/^http:/)
    await expect(link).toBeVisible()
    expect(await office.api('pictures.get', { link: await link.innerText() })).toMatchObject({
      width: 256,
      height: 128,
    })
    await page.getByRole('button', { name: '不发第 1 张图片' }).click()
    await office.api('settings.set', { pictureSide: 2048 })
  })

  test('one that is none is refused with the reason, and can be taken away', async () => {
    await bring(page, 'paste', [{ name: 'broken.png', type: 'image/png', base64: btoa('nothing') }])
    await expect(attached(page).getByText(/无法作为图片打开/)).toBeVisible()
    await expect(page.getByRole('button', { name: '发送', exact: true })).toBeDisabled()
    await page.getByRole('button', { name: '去掉 broken.png' }).click()
    await expect(attached(page)).toHaveCount(0)
  })

  test('the viewer tells until when the link leads to it', async () => {
    const first = page.getByRole('article').getByTitle('放大图片').first()
    const viewer = page.getByRole('dialog', { name: '图片' })
    // The history takes back the room of the picture that was taken away; on a slow machine it may move under the hand.
    await expect(async () => {
      await first.click({ timeout: 2000 })
      await expect(viewer).toBeVisible({ timeout: 2000 })
    }).toPass({ timeout: 30_000 })
    await expect(viewer.getByText(/链接有效至/)).toBeVisible()
    await page.keyboard.press('Escape')
  })

  test('the settings try the way, and say which step fails', async () => {
    await page.goto(`${new URL(office.ready.url).origin}/settings#pictures`)
    const section = page.getByRole('region', { name: '图片', exact: true })
    await section.getByRole('button', { name: '试一试' }).click()
    await expect(section.getByText('可以使用')).toBeVisible()
    await expect(section.getByRole('list').getByRole('listitem')).toHaveText([
      /成功\s*存放/,
      /成功\s*用链接取回/,
      /成功\s*删除/,
    ])

    await section.getByRole('radio', { name: /WebDAV/ }).check()
    await section.getByRole('textbox', { name: '文件夹地址' }).fill('http://127.0.0.1:9/p/')
    await section.getByRole('textbox', { name: '用户名' }).fill('anna')
    await section.getByRole('textbox', { name: '公开读取的地址' }).fill('http://127.0.0.1:9/p/')
    await section.getByRole('button', { name: '试一试' }).click()
    await expect(section.getByRole('alert')).toContainText('webdav.password')
    await section.getByLabel('密码').fill('secret')
    await section.getByRole('button', { name: '试一试' }).click()
    await expect(section.getByText('还不能使用')).toBeVisible()
    await expect(section.getByText(/连不上，或连接被中断/)).toBeVisible()
    // The password is kept, and does not come back.
    await expect(section.getByLabel('密码')).toHaveValue('')
    await expect(section.getByText('已保存在密钥库；留空则不变')).toBeVisible()
    await section.getByRole('radio', { name: /自己的公网地址/ }).check()
    await section.getByRole('button', { name: '保存' }).click()
    await expect(section.getByText('已保存', { exact: true })).toBeVisible()
    expect((await office.api('pictures.places', {})).way).toBe('public')
  })

  /* Chromium reads both files by itself, each picture of them, turned as it says. */
  const names = [
    'camera.jpg',
    'progressive.jpg',
    'screen.png',
    'moving.png',
    'still.webp',
    'lossless.webp',
    'moving.webp',
    'moving.gif',
  ]
  for (const name of names) {
    test(`${name} shows the same after it was stripped`, async () => {
      const bytes = sample(name)
      const { body, type } = stripPicture(bytes, 64)
      const decoded = await page.evaluate(
        async ({ type, files }) => {
          const all: { turned: number[]; frames: string[] }[] = []
          for (const base64 of files) {
            const data = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
            const decoder = new ImageDecoder({ data, type })
            await decoder.tracks.ready
            const frames: string[] = []
            for (let frameIndex = 0; frameIndex < (decoder.tracks.selectedTrack?.frameCount ?? 0); frameIndex++) {
              const { image } = await decoder.decode({ frameIndex })
              const pixels = new Uint8Array(image.allocationSize({ format: 'RGBA' }))
              await image.copyTo(pixels, { format: 'RGBA' })
              const hash = await crypto.subtle.digest('SHA-256', pixels)
              frames.push(`${image.duration ?? 0} ${btoa(String.fromCharCode(...new Uint8Array(hash)))}`)
              image.close()
            }
            const turned = await createImageBitmap(new Blob([data], { type }))
            all.push({ turned: [turned.width, turned.height], frames })
          }
          return all
        },
        { type, files: [bytes.toString('base64'), body.toString('base64')] },
      )
      expect(decoded[0]!.frames.length).toBe(name.startsWith('moving') ? (name === 'moving.png' ? 2 : 3) : 1)
      expect(decoded[1]).toEqual(decoded[0])
    })
  }

  test('nobody complained', () => {
    // The broken file is one of the tests.
    expect(complaints.filter((line) => !line.includes('blob:'))).toEqual([])
  })
})

const open = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(`^${name}`) }).click()
const callsOf = (page: Page, entry: string) =>
  page.evaluate((name) => fixture.calls.filter((call) => call.entry === name).length, entry)

test('where the platform could fetch none, the composer says so and offers the link', async ({ page }) => {
  await openFixture(page, { change: (data) => (data.pictures.place = 'picture-no-address') })
  await open(page, '佐藤')
  await bring(page, 'paste', [given('screen.png', 'image/png')])
  await expect(page.getByRole('alert').filter({ hasText: '还没有让平台取图片的公网地址' })).toBeVisible()
  expect(await callsOf(page, 'pictures.begin')).toBe(0)
  await page.getByRole('button', { name: '用链接发送' }).click()
  await expect(page.getByRole('textbox', { name: '图片链接' })).toBeVisible()
  await expect(attached(page)).toHaveCount(0)
})

test('one that is on its way is given up', async ({ page }) => {
  await openFixture(page, { change: (data) => data.silent.push('pictures.finish') })
  await open(page, '佐藤')
  await bring(page, 'paste', [given('screen.png', 'image/png')])
  await expect(attached(page).getByText('正在存放')).toBeVisible()
  // At a later time it would be left out; now it would follow by itself.
  await composer(page).fill('看看这张')
  await expect(page.getByRole('button', { name: '稍后发送' })).toBeDisabled()
  await expect(page.getByRole('button', { name: '发送', exact: true })).toBeEnabled()
  await expect(page.getByRole('progressbar', { name: 'screen.png 的进度' })).toBeVisible()
  expect(await findings(page)).toEqual([])
  await page.getByRole('button', { name: '取消 screen.png' }).click()
  await expect(attached(page)).toHaveCount(0)
  await expect(page.getByRole('button', { name: '稍后发送' })).toBeEnabled()
  await expect.poll(() => callsOf(page, 'pictures.cancel')).toBe(1)
})

test('one that fails says why and is tried again', async ({ page }) => {
  await openFixture(page, { change: (data) => data.failing.push('pictures.finish') })
  await open(page, '佐藤')
  await bring(page, 'paste', [given('screen.png', 'image/png')])
  await expect(attached(page).getByText(/数据库读写失败/)).toBeVisible()
  await page.evaluate(() => fixture.heal('pictures.finish'))
  await page.getByRole('button', { name: '重试 screen.png' }).click()
  await expect(attached(page).getByText(/^https:\/\/pictures\.example\/p\//)).toBeVisible()
})

test('one that was attached too long ago says that its link has expired', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  await bring(page, 'paste', [given('screen.png', 'image/png')])
  await expect(attached(page).getByText(/链接有效至/)).toBeVisible()
  await openFixture(page, { change: (data) => (data.pictures.expired = true) })
  await open(page, '佐藤')
  await expect(attached(page).getByText('链接已过期，请重新添加')).toBeVisible()
})

test('a place that is half written stays as it is when the link to the engine is there again', async ({ page }) => {
  await openFixture(page, { path: '/settings#pictures' })
  const section = page.getByRole('region', { name: '图片', exact: true })
  const folder = section.getByRole('textbox', { name: '文件夹地址' })
  await expect(folder).toHaveValue('https://dav.example/p/')
  await expect(section.getByText(/^“试一试”会先保存/)).toBeVisible()
  await folder.fill('https://new.example/p/')
  await section.getByLabel('密码').fill('half')
  const loads = await callsOf(page, 'pictures.places')
  await page.evaluate(() => {
    fixture.link('connecting')
    fixture.link('connected')
  })
  await expect.poll(() => callsOf(page, 'pictures.places')).toBe(loads + 1)
  // What it would be replaced with has come by the time that another answer has.
  await page.evaluate(() => {
    fixture.link('connecting')
    fixture.link('connected')
  })
  await expect.poll(() => callsOf(page, 'pictures.places')).toBe(loads + 2)
  await expect(folder).toHaveValue('https://new.example/p/')
  await expect(section.getByLabel('密码')).toHaveValue('half')
})

test('a copied part of a page is pasted as text, not as its picture', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  await composer(page).evaluate((area) => {
    const data = new DataTransfer()
    data.setData('text/plain', 'words')
    data.items.add(new File(['x'], 'cup.png', { type: 'image/png' }))
    area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })
  await expect(attached(page)).toHaveCount(0)
  expect(await callsOf(page, 'pictures.place')).toBe(0)
})
