/**
 * Takes the pictures of the documentation: starts the built headless host with the sandbox, plays a morning in
 * a shop, and photographs the screens. `npm run pictures` builds first; the files go to docs/pictures and, for the user
 * guide, to docs/guide/pictures.
 *
 * With `--all DIR` it takes every screen and what opens over it in both languages, both themes and both sizes into DIR,
 * to be looked at, and every screen empty, failing and loading; `--look en-dark-1024`, once or more, takes these looks
 * only, and leaves the log-in dialog out. With `--logins DIR` it takes the log-in dialog only, with `--ways DIR` every
 * state of “Way in and check”, of what the settings say of it, and of what only the desktop has.
 */
import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test'
import Sqlite from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromiumArgs, findChromium } from '../tests/support/chromium.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../tests/support/office.ts'
import { installStandIn, type StandIn } from './lib/picture-bridge.ts'
import { machinePictures, type MachinePicture } from './lib/picture-machine.ts'
import { showParts, words, type Places } from './lib/picture-parts.ts'
import { reachPictures } from './lib/picture-reach.ts'
import { holdAnswers, type PictureState } from './lib/picture-states.ts'
import { inProject } from './lib/project.mjs'
import { photographGuide } from './guide-pictures.ts'
import { photographLogins } from './login-pictures.ts'

interface Look {
  locale: 'zh-CN' | 'en'
  theme: 'light' | 'dark'
  width: number
  height: number
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>

const screens = [
  'inbox',
  'friends',
  'groups',
  'quick-replies',
  'robots',
  'connections',
  'activity',
  'calls',
  'late',
  'callbacks',
  'console',
  'settings',
  'help',
]
const shop = '林先生门店'
const support = '小雅客服'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The robot answers its customer, and the platform confirms it before anything else happens. */
async function reply(office: Office, to: Contact, content: string): Promise<void> {
  const peer = { kind: 'friend' as const, id: to.userId }
  await office.api('messages.send', { robotId: to.robotId, peer, type: 'text', content })
  await pause(1200)
}

async function customer(office: Office, from: Contact, text: string): Promise<void> {
  await write(office, from, text)
  await pause(500)
}

/** Friends of a robot whose names are written in a script, in a fixed order. */
async function friendsOf(office: Office, robotName: string, script: RegExp): Promise<Contact[]> {
  const { items: robots } = await office.api('robots.list', {})
  const robot = robots.find((item) => item.name === robotName)
  if (!robot) throw new Error(`no robot ${robotName}`)
  const { items } = await office.api('friends.list', { robotId: robot.id })
  const names = items.map((item) => item.name).filter((name) => script.test(name))
  return Promise.all(names.map((name) => contactOf(office, robotName, name)))
}

const han = /^\p{Script=Han}+$/u
const thai = /\p{Script=Thai}/u
const latin = /^\p{Script=Latin}/u

/** A morning in a shop. @returns the conversation to show, and one in which a link and a picture were sent */
async function play(office: Office): Promise<{ shown: Contact; varied: Contact }> {
  await office.sandbox('settings', { liveliness: 'off', answers: false })
  const [[regular, other], [asking, wrong], [guest], [flowers]] = await Promise.all([
    friendsOf(office, shop, han),
    friendsOf(office, support, han),
    friendsOf(office, support, latin),
    friendsOf(office, 'ร้านดอกไม้ กรุงเทพ', thai),
  ])
  if (!regular || !other || !asking || !wrong || !guest || !flowers) throw new Error('the sandbox has other people')
  await customer(office, regular, '你好，请问上次订的杯子到了吗？')
  await reply(office, regular, '到了，给您留着呢。')
  await customer(office, regular, '太好了！是青瓷那一只吗？')
  await reply(office, regular, '是的，您看什么时候方便来取？')
  await customer(office, flowers, 'ขอบคุณมากค่ะ 🙏')
  await customer(office, other, '这个颜色还有货吗？')
  await reply(office, other, '有的，今天下单明天发货。')
  await customer(office, guest, 'Is it this one? https://example.com/cups/celadon?size=2')
  const page = new URL((await office.api('system.info', {})).sandbox.pageUrl ?? '')
  const { robotSerialNo, userId } = guest
  await office.sandbox('people/say', { robotSerialNo, userId, pictureUrl: `${page.origin}/pictures/3.png` })
  await pause(500)
  await reply(office, guest, 'Yes, that one. I have put it aside for you.')
  await customer(office, guest, 'Thanks, see you tomorrow 👋')
  await customer(office, wrong, '地址发错了，麻烦改一下')
  await customer(office, asking, '这款有现货吗？')
  for (const [folder, title, text] of [
    ['开场', '问候', '{friend}您好，我是{robot}，请问有什么可以帮您？'],
    ['物流', '运费', '满 99 元包邮，不满的收 8 元。'],
    ['物流', '发货', '今天 {time} 前下单的，当天发出。'],
  ] as const) {
    await office.api('quickReplies.save', { folder, title, text, picture: null })
  }
  await customer(office, regular, '好的，那我今天下午三点前过来拿，可以吗？')
  return { shown: regular, varied: guest }
}

/** What only the many pictures show: a message for later, robots in a folder, a note. @returns where the parts stand */
async function playParts(office: Office, varied: Contact): Promise<Places> {
  const { robotId, userId } = varied
  const peer = { kind: 'friend' as const, id: userId }
  const at = Date.now() + 20 * 3_600_000
  await office.api('scheduled.save', { robotId, peer, type: 'text', content: 'Good morning! We open at ten.', at })
  await office.api('conversations.update', { robotId, peer, note: 'Likes celadon. Comes on Saturdays.' })
  for (const name of ['老客户', '待取货']) {
    const { id } = await office.api('tags.save', { name })
    await office.api('conversations.updateMany', { places: [{ robotId, peer }], addTagIds: [id] })
  }
  const { items: robots } = await office.api('robots.list', {})
  for (const robot of robots.slice(1)) await office.api('robots.update', { id: robot.id, folder: 'B' })
  const [group] = (await office.api('groups.list', { robotId })).items
  return {
    conversation: `/inbox/${robotId}/friend/${encodeURIComponent(userId)}`,
    group: `/inbox/${robotId}/group/${encodeURIComponent(group?.id ?? '')}`,
  }
}

/** Replies that waited too long: the robot comes back an hour after they were written. */
async function playLate(office: Office, to: Contact): Promise<void> {
  const { robotId, robotSerialNo, userId } = to
  const robot = `robots/${robotSerialNo}`
  const stateOf = async () => (await office.api('robots.list', {})).items.find(({ id }) => id === robotId)?.state
  await office.sandbox(robot, { state: 'offline', reason: '', limits: [] })
  while ((await stateOf()) !== 'offline') await pause(100)
  for (const content of ['Your cup is here.', 'We keep it until Friday.']) {
    await office.api('messages.send', { robotId, peer: { kind: 'friend', id: userId }, type: 'text', content })
  }
  await pause(1500)
  const db = new Sqlite(join((await office.api('system.info', {})).dataDir, 'switchboard.db'))
  db.prepare('UPDATE operations SET queued_at = queued_at - 3600000 WHERE queued_at IS NOT NULL').run()
  db.prepare('UPDATE robots SET friend_go_at = 0').run()
  db.close()
  await office.sandbox(robot, { state: 'online', reason: '', limits: [] })
  await pause(1500)
}

/** What shows replies that are held back: their page, and the conversation that they stand in. */
async function photographLate(
  browser: Browser,
  office: Office,
  look: Look,
  session: Session,
  dir: string,
  conversation: string,
): Promise<void> {
  const page = await pageOf(browser, look, session)
  const size = look.width < 1440 ? `-${look.width}` : ''
  for (const [name, path] of Object.entries({ 'late-filled': '/late', 'late-conversation': conversation })) {
    await page.goto(new URL(path, office.ready.url).href)
    await settle(page)
    await page.screenshot({ path: join(dir, `${name}-${look.locale}-${look.theme}${size}.png`) })
  }
  await page.context().close()
}

/** A signed-in page of the given look. */
async function pageOf(browser: Browser, look: Look, session: Session): Promise<Page> {
  const context = await browser.newContext({
    locale: look.locale,
    colorScheme: look.theme,
    viewport: { width: look.width, height: look.height },
    storageState: session,
  })
  return context.newPage()
}

/** Waits until nothing is loading and nothing moves. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined)
  await pause(600)
}

async function photograph(
  browser: Browser,
  office: Office,
  shown: Contact,
  look: Look,
  session: Session,
  dir: string,
  only: readonly string[],
  places?: Places,
): Promise<void> {
  const page = await pageOf(browser, look, session)
  const origin = new URL(office.ready.url).origin
  const size = look.width < 1440 ? `-${look.width}` : ''
  const take = async (name: string): Promise<void> => {
    await settle(page)
    await page.screenshot({ path: join(dir, `${name}-${look.locale}-${look.theme}${size}.png`) })
  }
  for (const screen of only) {
    const path =
      screen === 'inbox' ? `/inbox/${shown.robotId}/friend/${encodeURIComponent(shown.userId)}` : `/${screen}`
    await page.goto(origin + path)
    await take(screen)
    if (screen !== 'inbox' || only.length === 1) continue
    // What opens over the screens.
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('青瓷')
    await take('search')
    await page.keyboard.press('Escape')
    await settle(page)
    await page.keyboard.press('Control+/')
    await take('keys')
  }
  if (places) await showParts(page, origin, look.locale, places, take)
  await page.context().close()
}

/** Every screen, first time or not, in a state that is not full. */
async function photographStates(
  browser: Browser,
  office: Office,
  look: Look,
  session: Session,
  dir: string,
  state: 'empty' | PictureState,
): Promise<void> {
  const page = await pageOf(browser, look, session)
  if (state !== 'empty') await holdAnswers(page, state, look.locale)
  const origin = new URL(office.ready.url).origin
  const size = look.width < 1440 ? `-${look.width}` : ''
  for (const screen of screens) {
    await page.goto(`${origin}/${screen}`)
    await settle(page)
    await page.screenshot({ path: join(dir, `${state}-${screen}-${look.locale}-${look.theme}${size}.png`) })
  }
  await page.context().close()
}

/** Every state of the ways in, and of what only the desktop has. */
async function photographWays(browser: Browser, office: Office, look: Look, dir: string): Promise<void> {
  const { locale, theme, width, height } = look
  const [connection] = (await office.api('connections.list', {})).items
  const system = await office.api('system.info', {})
  const reach = reachPictures(connection?.id ?? '', locale).map((picture) => {
    return { ...picture, path: `/connections/${connection?.id ?? ''}/reach`, machine: null }
  })
  const all: readonly MachinePicture[] = [...reach, ...machinePictures(system, locale)]
  const size = width < 1440 ? `-${width}` : ''
  for (const hasMachine of [false, true]) {
    const context = await browser.newContext({ locale, colorScheme: theme, viewport: { width, height } })
    const page = await context.newPage()
    const shown: StandIn = { answers: {}, machine: null }
    let isIn = false
    for (const picture of all.filter(({ machine }) => (machine !== null) === hasMachine)) {
      Object.assign(shown, { link: undefined, machineFailure: undefined }, picture)
      if (!isIn) await installStandIn(page, office, locale, shown)
      isIn = true
      // Otherwise the same address, with a part after its #, is not loaded again.
      await page.goto('about:blank')
      await page.goto(new URL(picture.path, office.ready.url).href)
      await page.getByRole('main').waitFor()
      await pause(400)
      await picture.open(page, words[locale])
      await pause(400)
      await page.screenshot({ path: join(dir, `${picture.name}-${locale}-${theme}${size}.png`) })
    }
    await context.close()
  }
}

const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
]
const locales = ['zh-CN', 'en'] as const
const themes = ['light', 'dark'] as const
const allLooks = sizes.flatMap((size) =>
  locales.flatMap((locale) => themes.map((theme) => ({ ...size, locale, theme }))),
)
const nameOf = ({ locale, theme, width }: Look): string => `${locale}-${theme}-${width}`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...{ all: { type: 'string' }, logins: { type: 'string' }, ways: { type: 'string' } },
      look: { type: 'string', multiple: true },
    },
  })
  const unknown = values.look?.find((name) => !allLooks.some((look) => nameOf(look) === name))
  if (unknown) throw new Error(`no look ${unknown}; there are ${allLooks.map(nameOf).join(', ')}`)
  const looks = allLooks.filter((look) => values.look?.includes(nameOf(look)) ?? true)
  const dir = values.all ?? values.logins ?? values.ways ?? inProject('docs/pictures')
  mkdirSync(dir, { recursive: true })
  const executablePath = findChromium()
  const browser = await chromium.launch({ args: chromiumArgs(), ...(executablePath ? { executablePath } : {}) })
  const office = await openOffice()
  try {
    const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    await page.goto(office.ready.url)
    await page.getByRole('button').first().waitFor()
    if (values.all) await page.screenshot({ path: join(dir, 'welcome-zh-CN-light.png') })
    const session = await context.storageState()
    if (values.all) for (const look of looks) await photographStates(browser, office, look, session, dir, 'empty')
    await office.openForBusiness()
    // Of some looks only: the log-ins have pictures of their own.
    if (values.all || values.ways) {
      for (const look of looks) await photographWays(browser, office, look, dir)
      if (values.ways) return
    }
    if (!values.look || values.logins) {
      await photographLogins(browser, office, session, dir, values.all !== undefined || values.logins !== undefined)
    }
    if (values.logins) return
    const { shown, varied } = await play(office)
    if (values.all) {
      const places = await playParts(office, varied)
      for (const look of looks) {
        await photograph(browser, office, shown, look, session, dir, screens, places)
        for (const state of ['failing', 'loading'] as const) {
          await photographStates(browser, office, look, session, dir, state)
        }
      }
      // Last, since it shows above every screen.
      await playLate(office, varied)
      for (const look of looks) await photographLate(browser, office, look, session, dir, places.conversation)
    } else {
      for (const locale of locales) {
        const look: Look = { locale, theme: 'light', width: 1440, height: 900 }
        await photograph(browser, office, shown, look, session, dir, ['inbox'])
      }
      await photographGuide(browser, office, session, shown, inProject('docs/guide/pictures'))
    }
  } finally {
    await browser.close()
    await office.close()
  }
}

await main()
