/** What only the desktop shows, and what the settings show of the way to the outside, for the pictures. */
import type { Page } from '@playwright/test'
import { desktopSettingsSchema, type DesktopState } from '../../shared/contract/desktop.ts'
import { describeFailure, type Locale } from '../../shared/contract/errors.ts'
import type { EntryResult } from '../../shared/contract/index.ts'
import type { PictureWords } from './picture-parts.ts'
import type { StandIn } from './picture-bridge.ts'

const at = Date.UTC(2026, 10, 23, 6, 32, 8)
const server = 'https://chat.example.com'

export interface MachinePicture extends StandIn {
  readonly name: string
  readonly path: string
  readonly open: (page: Page, say: PictureWords) => Promise<void>
}

type Update = DesktopState['update']
type Server = DesktopState['server']

const noUpdate: Update = {
  ...{ step: 'idle', version: null, notes: '', percent: null, problem: null, checkedAt: at },
  ...{ waits: null, waitedInVain: false },
}
const ownData: Server = {
  ...{ uses: 'own', running: 'own', address: null, isPending: false, remembered: null, problem: null },
}
const ofServer: Server = {
  ...{ uses: 'server', running: 'server', address: server, isPending: false, problem: null },
  remembered: { address: server, authority: '' },
}

const machineOf = (changes: Partial<DesktopState>): DesktopState => ({
  settings: desktopSettingsSchema.parse({ openAtLogin: true, shortcut: 'CommandOrControl+Alt+S' }),
  platform: 'win32',
  shortcut: 'works',
  spelling: { bySystem: false, available: ['en-GB', 'en-US', 'th', 'de'], needsRestart: false },
  update: noUpdate,
  server: ownData,
  ...changes,
})

const notes =
  'Conversations open faster.\nPictures that expired are fetched again.\n\nTwo faults at the log-in are mended.'
const updates: Readonly<Record<string, Partial<Update>>> = {
  off: { step: 'off', checkedAt: null },
  never: { checkedAt: null },
  none: {},
  downloading: { step: 'downloading', version: '1.3.0', percent: 42 },
  ready: { step: 'ready', version: '1.3.0', notes },
  waiting: { step: 'ready', version: '1.3.0', notes, waits: { tasks: 3, until: at + 25 * 60_000 } },
  waitedInVain: { step: 'ready', version: '1.3.0', notes, waitedInVain: true },
  failed: { step: 'failed', version: '1.3.0', problem: 'net::ERR_NAME_NOT_RESOLVED' },
}
const servers: Readonly<Record<string, Server>> = {
  own: ownData,
  pending: { ...ownData, uses: 'server', isPending: true, remembered: { address: server, authority: '' } },
  running: ofServer,
}

const toSection =
  (title: (say: PictureWords) => string) =>
  async (page: Page, say: PictureWords): Promise<void> => {
    const heading = page.getByRole('heading', { name: title(say), exact: true })
    await heading.evaluate((it) => it.parentElement?.scrollIntoView())
  }

const placed = (places: Partial<EntryResult<'pictures.places'>>): EntryResult<'pictures.places'> => ({
  ...{ way: 'public', s3: null, webdav: null, offered: 12, bytes: 4_812_331, nextExpiryAt: at, overdue: 0 },
  ...places,
})
const s3 = {
  ...{ endpoint: 'https://s3.example.com', region: 'eu-central-1', bucket: 'shop-pictures', prefix: 'chat/' },
  ...{ accessKeyId: 'switchboard', publicUrl: 'https://pictures.example.com', pathStyle: true, publicRead: false },
}
const webdav = {
  ...{ url: 'https://dav.example.com/pictures/', username: 'switchboard', publicUrl: 'https://pictures.example.com' },
}
const link = 'https://pictures.example.com/chat/q1Fz8XbN2mKJ4sWvT7yUeA3c.png'

/** @param system as the host tells it, for what is wrong with it in the picture */
export function machinePictures(system: EntryResult<'system.info'>, locale: Locale): readonly MachinePicture[] {
  const problem = describeFailure(
    { code: 'picture-not-stored', params: { problem: 'picture-access', status: 403 } },
    locale,
  )
  const testOf = (isGood: boolean): EntryResult<'pictures.test'> => ({
    steps: isGood
      ? (['store', 'fetch', 'remove'] as const).map((step) => ({ step, error: null }))
      : [{ step: 'store', error: problem }],
    link: isGood ? link : null,
  })
  const tryPlace = async (page: Page, say: PictureWords): Promise<void> => {
    const section = page.getByRole('region', { name: say.pictures.settings.title })
    await section.getByRole('button', { name: say.pictures.settings.test, exact: true }).click()
    await section.getByRole('listitem').first().waitFor()
  }
  const place = (name: string, places: Partial<EntryResult<'pictures.places'>>, isGood: boolean): MachinePicture => ({
    name: `settings-pictures-${name}`,
    path: '/settings#pictures',
    machine: null,
    answers: { 'pictures.places': placed(places), 'pictures.setPlaces': {}, 'pictures.test': testOf(isGood) },
    open: tryPlace,
  })
  const onSettings = (name: string, machine: DesktopState, open: MachinePicture['open']): MachinePicture => {
    return { name, path: '/settings', machine, answers: {}, open }
  }
  const stands = { code: 'data-damaged' as const, params: { problem: 'database disk image is malformed' }, since: at }
  return [
    place('public', { way: 'public' }, true),
    place('s3', { way: 's3', s3 }, true),
    place('s3-refused', { way: 's3', s3 }, false),
    place('webdav', { way: 'webdav', webdav, overdue: 2 }, true),
    {
      ...{ name: 'settings-listener', path: '/settings#listener', machine: null, answers: {} },
      open: () => Promise.resolve(),
    },
    {
      ...{ name: 'settings-listener-off', path: '/settings#listener', machine: null },
      answers: { 'system.info': { ...system, listener: { url: null, port: null, fixed: [] } } },
      open: () => Promise.resolve(),
    },
    {
      ...{ name: 'rescue', path: '/inbox', machine: null, answers: { 'system.info': { ...system, rescue: stands } } },
      open: () => Promise.resolve(),
    },
    onSettings(
      'desktop-this-computer',
      machineOf({}),
      toSection((say) => say.desktop.title),
    ),
    onSettings(
      'desktop-this-computer-taken',
      machineOf({
        shortcut: 'taken',
        settings: desktopSettingsSchema.parse({
          ...{ shortcut: 'CommandOrControl+Alt+S', spellLanguages: ['en-GB', 'th'] },
          proxy: { mode: 'own', server: 'proxy.example:3128' },
        }),
      }),
      toSection((say) => say.desktop.title),
    ),
    ...Object.entries(updates).map(([name, update]) =>
      onSettings(
        `desktop-updates-${name}`,
        machineOf({ update: { ...noUpdate, ...update } }),
        toSection((say) => say.desktop.updates.title),
      ),
    ),
    ...Object.entries(servers).map(([name, value]) =>
      onSettings(
        `desktop-server-${name}`,
        machineOf({ server: value }),
        toSection((say) => say.desktop.server.title),
      ),
    ),
    {
      ...onSettings('desktop-server-refused', machineOf({}), async (page, say) => {
        const section = page.getByRole('region', { name: say.desktop.server.title })
        await section.getByRole('textbox', { name: say.desktop.server.address }).fill(server)
        await section.getByLabel(say.desktop.server.token, { exact: true }).fill('t0ken')
        await section.getByRole('button', { name: say.desktop.server.test, exact: true }).click()
        await section.getByRole('alert').waitFor()
        await toSection((words) => words.desktop.server.title)(page, say)
      }),
      machineFailure: {
        code: 'server-certificate',
        params: { server: 'chat.example.com:443', problem: 'certificate-untrusted' },
      },
    },
    {
      name: 'desktop-server-trouble',
      path: '/inbox',
      link: 'unauthorized',
      answers: {},
      machine: machineOf({
        server: {
          ...ofServer,
          problem: describeFailure({ code: 'server-token', params: { server: 'chat.example.com:443' } }, locale),
        },
      }),
      open: () => Promise.resolve(),
    },
  ]
}
