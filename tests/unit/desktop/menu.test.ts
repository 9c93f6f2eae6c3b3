import { describe, expect, it, vi } from 'vitest'
import { contextMenuTemplate, menuTemplate } from '../../../electron/desktop/menu.ts'
import { texts } from '../../../electron/desktop/texts.ts'

type Items = ReturnType<typeof menuTemplate>
const rolesOf = (items: Items): (string | undefined)[] =>
  items.flatMap((item) => [item.role, ...(Array.isArray(item.submenu) ? rolesOf(item.submenu) : [])])
const labelsOf = (items: Items): string[] =>
  items.flatMap((item) => [item.label ?? '', ...(Array.isArray(item.submenu) ? labelsOf(item.submenu) : [])])

const doings = { showLogs: vi.fn(), report: vi.fn(), settings: vi.fn(), guide: vi.fn() }

describe('menus', () => {
  it.each(['darwin', 'win32', 'linux'] as const)('have the keys for editing and zooming on %s', (platform) => {
    const roles = rolesOf(menuTemplate({ platform, locale: 'en', isDevelopment: false, ...doings }))
    expect(roles).toEqual(
      expect.arrayContaining(['undo', 'cut', 'copy', 'paste', 'selectAll', 'zoomIn', 'resetZoom', 'quit']),
    )
  })
  it('have reload and developer tools in development only', () => {
    for (const isDevelopment of [true, false]) {
      const roles = rolesOf(menuTemplate({ platform: 'linux', locale: 'en', isDevelopment, ...doings }))
      expect(roles.includes('reload')).toBe(isDevelopment)
      expect(roles.includes('toggleDevTools')).toBe(isDevelopment)
    }
  })
  it('have the application’s own menu on macOS', () => {
    const mac = rolesOf(menuTemplate({ platform: 'darwin', locale: 'en', isDevelopment: false, ...doings }))
    for (const role of ['about', 'services', 'hideOthers', 'windowMenu', 'front', 'zoom', 'help']) {
      expect(mac).toContain(role)
    }
    expect(rolesOf(menuTemplate({ platform: 'win32', locale: 'en', isDevelopment: false, ...doings }))).not.toContain(
      'hideOthers',
    )
  })
  it('are in Chinese throughout where the system is', () => {
    const labels = labelsOf(menuTemplate({ platform: 'darwin', locale: 'zh-CN', isDevelopment: true, ...doings }))
    for (const label of labels.filter((text) => text !== '')) expect(label).toMatch(/\p{Script=Han}/u)
    expect(Object.values(texts.en).join('')).not.toMatch(/\p{Script=Han}/u)
  })
})

it('lead to the guide, the log, the report and the settings', () => {
  const all = (items: Items): Items =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? all(item.submenu) : [])])
  const items = all(menuTemplate({ platform: 'darwin', locale: 'en', isDevelopment: false, ...doings }))
  for (const label of ['User Guide', 'Show Logs', 'Report a Problem…', 'Settings…']) {
    ;(items.find((item) => item.label === label)?.click as unknown as () => void)()
  }
  for (const doing of Object.values(doings)) expect(doing).toHaveBeenCalledOnce()
})

describe('a right click', () => {
  const nowhere = {
    isEditable: false,
    hasSelection: false,
    flags: { canCut: true, canCopy: true, canPaste: false, canSelectAll: true },
    link: '',
    isPicture: false,
    misspelled: '',
    suggestions: [] as string[],
  }
  const act = { replace: vi.fn(), learn: vi.fn(), copyText: vi.fn(), copyPicture: vi.fn() }
  const on = (changes: Partial<typeof nowhere>) => contextMenuTemplate({ ...nowhere, ...changes }, 'en', act)
  const press = (items: Items, label: string): void => {
    ;(items.find((item) => item.label === label)?.click as unknown as () => void)()
  }

  it('offers what can be done there', () => {
    expect(on({ isEditable: true }).map(({ role, enabled }) => [role, enabled])).toEqual([
      ['cut', true],
      ['copy', true],
      ['paste', false],
      [undefined, undefined],
      ['selectAll', true],
    ])
    expect(on({ hasSelection: true }).map(({ role }) => role)).toEqual(['copy'])
    expect(on({})).toEqual([])
  })
  it('puts a better word in the place of a doubted one, or learns it', () => {
    const items = on({ isEditable: true, misspelled: 'teh', suggestions: ['the', 'R&D', '3', '4', '5', '6'] })
    expect(items.slice(0, 7).map(({ label }) => label)).toEqual([
      'the',
      'R&&D',
      '3',
      '4',
      '5',
      'Add to Dictionary',
      undefined,
    ])
    press(items, 'R&&D')
    expect(act.replace).toHaveBeenCalledWith('R&D')
    press(items, 'Add to Dictionary')
    expect(act.learn).toHaveBeenCalledWith('teh')
    expect(on({ isEditable: true, misspelled: 'xyz' })[0]).toMatchObject({ label: 'No suggestions', enabled: false })
  })
  it('copies links of people and pictures, and no address of our own', () => {
    const items = on({ link: 'https://shop.example/a?b=1', isPicture: true, hasSelection: true })
    expect(items.map(({ label }) => label)).toEqual(['Copy', 'Copy Link', 'Copy Picture'])
    press(items, 'Copy Link')
    expect(act.copyText).toHaveBeenCalledWith('https://shop.example/a?b=1')
    press(items, 'Copy Picture')
    expect(act.copyPicture).toHaveBeenCalledOnce()
    for (const link of ['app://switchboard/inbox', 'javascript:alert(1)', 'file:///etc/passwd', 'no address']) {
      expect(on({ link }), link).toEqual([])
    }
  })
})
