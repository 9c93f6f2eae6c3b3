/** What opens over a screen, for the pictures: how each is brought into view, in the words of either language. */
import type { Page } from '@playwright/test'
import en from '../../renderer/app/i18n/en/index.ts'
import zh from '../../renderer/app/i18n/zh-CN/index.ts'

/** The words of the screens, to find what stands on them. */
export const words = { 'zh-CN': zh, en }
export type PictureLocale = keyof typeof words
export type PictureWords = typeof zh

/** Where the parts stand. */
export interface Places {
  /** The page's path of a conversation with a link and a picture in it. */
  conversation: string
  /** The same of a group. */
  group: string
}

interface Part {
  name: string
  /** The page's path that it stands on. */
  at: (places: Places) => string
  open: (page: Page, say: typeof zh) => Promise<void>
}

const onConversation = ({ conversation }: Places): string => conversation

const composer = (page: Page, say: typeof zh) =>
  page.getByRole('textbox', { name: say.inbox.composer.label.split('{peer}')[0] ?? '' }).last()
const messageMenu = async (page: Page): Promise<void> => {
  await page.getByRole('article').last().click({ button: 'right' })
}
const fromMenu = async (page: Page, name: string): Promise<void> => {
  await messageMenu(page)
  await page.getByRole('menuitem', { name }).click()
}

const conversationMenu = (page: Page, say: typeof zh): Promise<void> =>
  page.getByRole('main').getByRole('button', { name: say.inbox.care.more }).click()

/** What the page does when pictures of this machine are pasted; as text, since the page is no Node. */
const pastePictures = `(async () => {
  const area = document.querySelector('textarea')
  const canvas = Object.assign(document.createElement('canvas'), { width: 1600, height: 1200 })
  const context = canvas.getContext('2d')
  const gradient = context.createLinearGradient(0, 0, 1600, 1200)
  gradient.addColorStop(0, '#b7d4d0')
  gradient.addColorStop(1, '#e8a27c')
  context.fillStyle = gradient
  context.fillRect(0, 0, 1600, 1200)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg'))
  const data = new DataTransfer()
  data.items.add(new File([blob], 'cup.jpg', { type: 'image/jpeg' }))
  data.items.add(new File(['x'], 'broken.png', { type: 'image/png' }))
  area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
})()`

const parts: readonly Part[] = [
  { name: 'message-menu', at: onConversation, open: messageMenu },
  { name: 'message-picked', at: onConversation, open: (page, say) => fromMenu(page, say.chat.select) },
  { name: 'message-raw', at: onConversation, open: (page, say) => fromMenu(page, say.chat.raw.title) },
  {
    name: 'message-delete',
    at: onConversation,
    open: (page, say) => fromMenu(page, say.chat.delete.menu),
  },
  {
    name: 'forward',
    at: onConversation,
    open: async (page, say) => {
      await fromMenu(page, say.chat.forward.title)
      await page.getByRole('dialog').getByRole('checkbox').nth(1).check()
    },
  },
  {
    name: 'link-question',
    at: onConversation,
    open: (page) => page.getByRole('article').getByRole('link').first().click(),
  },
  {
    name: 'viewer',
    at: onConversation,
    open: (page, say) => page.getByRole('article').getByTitle(say.inbox.history.enlarge).first().click(),
  },
  {
    name: 'emoji',
    at: onConversation,
    open: (page, say) => page.getByRole('button', { name: say.chat.emoji.title, exact: true }).click(),
  },
  {
    name: 'emoji-search',
    at: onConversation,
    open: async (page, say) => {
      await page.getByRole('button', { name: say.chat.emoji.title, exact: true }).click()
      await page.getByRole('combobox', { name: say.chat.emoji.search }).fill('cat')
    },
  },
  {
    name: 'send-later',
    at: onConversation,
    open: async (page, say) => {
      await composer(page, say).fill('😀')
      await page.getByRole('button', { name: say.chat.later.button }).click()
    },
  },
  {
    name: 'scheduled',
    at: onConversation,
    open: (page, say) => page.getByRole('region', { name: say.chat.later.show }).getByRole('button').first().click(),
  },
  {
    name: 'split',
    at: onConversation,
    open: async (page, say) => {
      await composer(page, say).fill(`${'字'.repeat(120)}。${'Word '.repeat(60)}`)
      await page.getByTitle(say.chat.split.show).click()
    },
  },
  {
    name: 'pasted-picture',
    at: onConversation,
    open: async (page, say) => {
      await page.evaluate(pastePictures)
      await page.getByText(say.pictures.unfit.unreadable).waitFor()
    },
  },
  {
    name: 'mention',
    at: ({ group }) => group,
    open: (page, say) => composer(page, say).pressSequentially('@'),
  },
  {
    name: 'selection-bar',
    at: onConversation,
    open: async (page, say) => {
      await page.keyboard.press('Alt+s')
      const rows = page.getByRole('region', { name: say.inbox.list.title }).getByRole('link')
      await rows.nth(1).click()
      await rows.nth(2).click()
    },
  },
  {
    name: 'conversation-menu',
    at: onConversation,
    open: (page, say) => conversationMenu(page, say),
  },
  {
    name: 'conversation-export',
    at: onConversation,
    open: async (page, say) => {
      await conversationMenu(page, say)
      await page.getByRole('menuitem', { name: say.conversationExport.menu }).click()
    },
  },
  {
    name: 'picture-places',
    at: () => '/settings#pictures',
    open: (page, say) => page.getByRole('radio', { name: say.pictures.settings.ways.s3 }).check(),
  },
  ...(['export', 'import'] as const).map((way): Part => ({
    name: `archive-${way}`,
    at: () => '/settings',
    open: (page, say) =>
      page.getByRole('region', { name: say.archives.title }).getByRole('button', { name: say.archives[way] }).click(),
  })),
  ...(['activity', 'calls', 'callbacks', 'robots'] as const).map((screen): Part => ({
    name: `${screen}-pane`,
    at: () => `/${screen}`,
    open: (page) => page.getByRole('row').nth(1).getByRole('button').first().click(),
  })),
  { name: 'callbacks-none-fits', at: () => '/callbacks?query=zzzz', open: () => Promise.resolve() },
  {
    name: 'callbacks-quarantined',
    at: () => '/callbacks?state=quarantined',
    open: () => Promise.resolve(),
  },
  {
    name: 'record-export',
    at: () => '/activity',
    open: (page, say) => page.getByRole('button', { name: say.activity.export.open }).click(),
  },
  {
    name: 'console-faults',
    at: () => '/console',
    open: (page, say) => page.getByRole('button', { name: say.console.send, exact: true }).click(),
  },
  {
    name: 'console-result',
    at: () => '/console?method=getFriendList',
    open: async (page, say) => {
      await page.getByRole('button', { name: say.console.makeCurl }).click()
      await page.getByRole('button', { name: say.console.send, exact: true }).click()
      await page.getByRole('region', { name: say.console.result, exact: true }).waitFor()
    },
  },
  {
    name: 'friend-dialog',
    at: () => '/friends',
    open: (page, say) => page.getByRole('button', { name: say.friends.add, exact: true }).click(),
  },
  {
    name: 'group-dialog',
    at: () => '/groups',
    open: (page, say) => page.getByRole('button', { name: say.groups.create, exact: true }).click(),
  },
  {
    name: 'tags-dialog',
    at: onConversation,
    open: async (page, say) => {
      await conversationMenu(page, say)
      await page.getByRole('menuitem', { name: say.inbox.care.tags }).click()
      await page.getByRole('menuitem', { name: say.inbox.care.editTags }).click()
    },
  },
  {
    name: 'robot-menu',
    at: onConversation,
    open: (page, say) =>
      page
        .getByRole('navigation', { name: say.inbox.robots.title, exact: true })
        .getByRole('listitem')
        .last()
        .getByRole('button')
        .click({ button: 'right' }),
  },
  {
    name: 'robot-add',
    at: () => '/robots',
    open: (page, say) => page.getByRole('button', { name: say.robots.add, exact: true }).click(),
  },
  { name: 'connection-new', at: () => '/connections?add=', open: () => Promise.resolve() },
  {
    name: 'connection-key',
    at: () => '/connections',
    open: (page, say) => page.getByRole('button', { name: say.connections.rotateKey.button }).click(),
  },
  { name: 'vault', at: () => '/settings#vault', open: () => Promise.resolve() },
  {
    name: 'vault-dialog',
    at: () => '/settings#vault',
    open: (page, say) => page.getByRole('button', { name: say.settings.vault.to.passphrase }).click(),
  },
  // At last: in a narrow window they stay open, over the conversation.
  {
    name: 'group-details',
    at: ({ group }) => group,
    open: async (page, say) => {
      const show = page.getByRole('button', { name: say.inbox.details.show })
      if (await show.isVisible()) await show.click()
    },
  },
  {
    name: 'details',
    at: onConversation,
    open: async (page, say) => {
      const show = page.getByRole('button', { name: say.inbox.details.show })
      if (await show.isVisible()) await show.click()
    },
  },
]

/** Brings each part into view, one after another, and has its picture taken. */
export async function showParts(
  page: Page,
  origin: string,
  locale: PictureLocale,
  places: Places,
  take: (name: string) => Promise<unknown>,
): Promise<void> {
  for (const { name, at, open } of parts) {
    await page.goto(origin + at(places))
    await page.waitForLoadState('networkidle').catch(() => undefined)
    const field = page.getByRole('textbox', { name: words[locale].inbox.composer.label.split('{peer}')[0] ?? '' })
    // What was written for the picture before was kept.
    if (at(places).startsWith('/inbox')) await field.last().fill('')
    await open(page, words[locale])
    await take(name)
  }
}
