/**
 * Photographs the log-in dialog in each of its steps, and lays all of a look on one sheet: what an operator sees from the
 * choice of a way to the end, good or bad. The sandbox plays the platform and the phone.
 */
import type { Browser, BrowserContext, Locator, Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountOf, type Account, type Office } from '../tests/support/office.ts'

type Session = Awaited<ReturnType<BrowserContext['storageState']>>
type Way = 'password' | 'qr' | 'cached'

interface Look {
  locale: 'zh-CN' | 'en'
  theme: 'light' | 'dark'
}

/** Everything that a step needs to be brought about. */
interface Stage {
  readonly page: Page
  readonly office: Office
  readonly robot: { readonly id: string; readonly account: Account }
}

interface Shot {
  readonly name: string
  /** Brings the dialog to this step. */
  play(stage: Stage): Promise<void>
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const dialogOf = (page: Page): Locator => page.getByRole('dialog')

/** Waits until the log-in stands as it should. */
async function until(
  { office, robot }: Stage,
  is: (login: { step: string; state: string; qr: boolean }) => boolean,
): Promise<void> {
  const end = Date.now() + 20_000
  let last = ''
  while (Date.now() < end) {
    const { items } = await office.api('operations.list', { robotId: robot.id, kind: 'login', limit: 1 })
    const [newest] = items
    const login = { step: newest?.login?.step ?? '', state: newest?.state ?? '', qr: newest?.login?.qr !== undefined }
    if (is(login)) return pause(500)
    last = JSON.stringify(login)
    await pause(50)
  }
  throw new Error(`the log-in stayed at ${last}`)
}
const atStep = (stage: Stage, step: string): Promise<void> => until(stage, (login) => login.step === step)
const ended = (stage: Stage, state: string): Promise<void> => until(stage, (login) => login.state === state)

const phone = ({ office, robot }: Stage, action: string, code?: string): Promise<unknown> =>
  office.sandbox(`logins/${robot.account.serialNo}`, { action, ...(code === undefined ? {} : { code }) })

/** Opens the dialog at the choice of a way. */
async function choose({ page, office, robot }: Stage, way: Way): Promise<void> {
  await page.goto(`${new URL(office.ready.url).origin}/robots`)
  const row = page.getByRole('row').filter({ hasText: robot.account.serialNo })
  await row.locator('.acts button').first().click()
  await dialogOf(page).locator('.n-radio-button').nth(['password', 'qr', 'cached'].indexOf(way)).click()
}

async function start(stage: Stage, way: Way, password = stage.robot.account.password): Promise<void> {
  const dialog = dialogOf(stage.page)
  await choose(stage, way)
  if (way === 'password') {
    await dialog.getByRole('textbox').first().fill(stage.robot.account.username)
    await dialog.locator('input[type=password]').fill(password)
  }
  await dialog.locator('form').evaluate((form: object) => (form as { requestSubmit(): void }).requestSubmit())
  await dialog.getByRole('list').waitFor()
}

const told = { callbackMs: [100, 100], loginCode: false }
const set = ({ office }: Stage, settings: object): Promise<unknown> => office.sandbox('settings', settings)

const shots: readonly Shot[] = [
  { name: 'password-choice', play: (stage) => choose(stage, 'password') },
  {
    name: 'password-accepted',
    play: async (stage) => {
      await set(stage, { callbackMs: [3000, 3000] })
      await start(stage, 'password')
      await atStep(stage, 'accepted')
    },
  },
  { name: 'password-online', play: (stage) => ended(stage, 'done') },
  {
    name: 'password-code',
    play: async (stage) => {
      await set(stage, { callbackMs: [100, 100], loginCode: true })
      await start(stage, 'password')
      await atStep(stage, 'code')
    },
  },
  {
    name: 'password-wrong',
    play: async (stage) => {
      await phone(stage, 'expire')
      await set(stage, told)
      await start(stage, 'password', 'something else')
      await ended(stage, 'failed')
    },
  },
  {
    name: 'qr-waiting',
    play: async (stage) => {
      await set(stage, { callbackMs: [2500, 2500], loginCode: true })
      await start(stage, 'qr')
      await atStep(stage, 'accepted')
    },
  },
  { name: 'qr-code', play: (stage) => until(stage, ({ qr }) => qr) },
  {
    name: 'qr-scanned',
    play: async (stage) => {
      await phone(stage, 'scan')
      await atStep(stage, 'scanned')
    },
  },
  {
    name: 'qr-verification',
    play: async (stage) => {
      await phone(stage, 'confirm')
      await atStep(stage, 'code')
    },
  },
  {
    name: 'qr-online',
    play: async (stage) => {
      const { items } = await stage.office.api('operations.list', { robotId: stage.robot.id, kind: 'login', limit: 1 })
      await phone(stage, 'code', items[0]?.login?.verificationCode)
      await ended(stage, 'done')
    },
  },
  ...(['expire', 'refuse'] as const).map((action): Shot => ({
    name: action === 'expire' ? 'qr-expired' : 'qr-refused',
    play: async (stage) => {
      await set(stage, told)
      await start(stage, 'qr')
      await until(stage, ({ qr }) => qr)
      await phone(stage, action)
      await ended(stage, 'failed')
    },
  })),
  {
    name: 'qr-cancelled',
    play: async (stage) => {
      await start(stage, 'qr')
      await until(stage, ({ qr }) => qr)
      await dialogOf(stage.page).locator('button.first').click()
      await ended(stage, 'cancelled')
    },
  },
  {
    name: 'qr-turned-away',
    play: async (stage) => {
      await dialogOf(stage.page).locator('button.main').click()
      await ended(stage, 'failed')
    },
  },
]

/**
 * Brings the log-in dialog of a robot to the QR code that its phone scans, in a page that is signed in. What is under way
 * then is to be ended by `endLogin`.
 */
export async function showQrLogin(page: Page, office: Office, robotId: string): Promise<void> {
  const { items } = await office.api('robots.list', {})
  const robot = items.find(({ id }) => id === robotId)
  if (!robot) throw new Error(`no robot ${robotId}`)
  const account = await accountOf(office, robot.serialNo)
  await office.sandbox(`robots/${account.serialNo}`, { state: 'offline', reason: '', limits: [] })
  const stage: Stage = { page, office, robot: { id: robotId, account } }
  await set(stage, told)
  await start(stage, 'qr')
  await until(stage, ({ qr }) => qr)
}

/** Ends what `showQrLogin` began, and brings the robot online again. */
export async function endLogin(office: Office, robotId: string): Promise<void> {
  const { items } = await office.api('robots.list', {})
  const serialNo = items.find(({ id }) => id === robotId)?.serialNo ?? ''
  await office.sandbox(`logins/${serialNo}`, { action: 'expire' })
  await office.sandbox(`robots/${serialNo}`, { state: 'online', reason: '', limits: [] })
}

/** Lays pictures beside each other, each with its name. */
async function layOut(
  page: Page,
  pictures: readonly { name: string; bytes: Buffer }[],
  theme: Look['theme'],
): Promise<Buffer> {
  const [ground, ink] = theme === 'light' ? ['#e9ecef', '#343a40'] : ['#0c0d0f', '#ced4da']
  const figures = pictures.map(
    ({ name, bytes }) =>
      `<figure><img src="data:image/png;base64,${bytes.toString('base64')}"><figcaption>${name}</figcaption></figure>`,
  )
  await page.setViewportSize({ width: 1400, height: 900 })
  await page.setContent(
    `<style>
      body { display: grid; grid-template-columns: repeat(3, 1fr); gap: 20px; margin: 0; padding: 20px; background: ${ground}; color: ${ink}; font: 13px sans-serif; align-items: end }
      figure { margin: 0 } img { display: block; max-width: 100% } figcaption { padding-top: 6px; text-align: center }
    </style>${figures.join('')}`,
  )
  return page.screenshot({ fullPage: true })
}

/**
 * Photographs every step in every look.
 *
 * @param dir where the sheets go, `login-<language>-<theme>.png`
 * @param single whether each step is kept as a picture of its own too
 */
export async function photographLogins(
  browser: Browser,
  office: Office,
  session: Session,
  dir: string,
  single: boolean,
): Promise<void> {
  mkdirSync(dir, { recursive: true })
  const { items } = await office.api('robots.list', {})
  const robot = items.at(-1)
  if (!robot) throw new Error('the sandbox has no robots')
  const account = await accountOf(office, robot.serialNo)
  await office.sandbox('settings', { liveliness: 'off', answers: false })
  for (const locale of ['zh-CN', 'en'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      await office.sandbox(`robots/${account.serialNo}`, { state: 'offline', reason: '', limits: [] })
      const context = await browser.newContext({
        locale,
        colorScheme: theme,
        viewport: { width: 1024, height: 700 },
        storageState: session,
      })
      const page = await context.newPage()
      const stage: Stage = { page, office, robot: { id: robot.id, account } }
      const pictures: { name: string; bytes: Buffer }[] = []
      for (const { name, play } of shots) {
        await play(stage)
        // The pointer rests nowhere.
        await page.mouse.move(5, 5)
        await pause(250)
        const path = single ? { path: join(dir, `login-${name}-${locale}-${theme}.png`) } : {}
        pictures.push({ name, bytes: await dialogOf(page).screenshot(path) })
      }
      await phone(stage, 'expire')
      await context.close()
      const sheet = await browser.newPage()
      const bytes = await layOut(sheet, pictures, theme)
      await sheet.close()
      await writeFile(join(dir, `login-${locale}-${theme}.png`), bytes)
    }
  }
}
