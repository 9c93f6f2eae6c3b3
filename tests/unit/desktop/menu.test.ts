import { describe, expect, it } from 'vitest'
import { contextMenuTemplate, menuTemplate } from '../../../electron/desktop/menu.ts'
import { texts } from '../../../electron/desktop/texts.ts'

type Items = ReturnType<typeof menuTemplate>
const rolesOf = (items: Items): (string | undefined)[] =>
  items.flatMap((item) => [item.role, ...(Array.isArray(item.submenu) ? rolesOf(item.submenu) : [])])
const labelsOf = (items: Items): string[] =>
  items.flatMap((item) => [item.label ?? '', ...(Array.isArray(item.submenu) ? labelsOf(item.submenu) : [])])

describe('menus', () => {
  it.each(['darwin', 'win32', 'linux'] as const)('have the keys for editing and zooming on %s', (platform) => {
    const roles = rolesOf(menuTemplate({ platform, locale: 'en', isDevelopment: false }))
    expect(roles).toEqual(
      expect.arrayContaining(['undo', 'cut', 'copy', 'paste', 'selectAll', 'zoomIn', 'resetZoom', 'quit']),
    )
  })
  it('have reload and developer tools in development only', () => {
    for (const isDevelopment of [true, false]) {
      const roles = rolesOf(menuTemplate({ platform: 'linux', locale: 'en', isDevelopment }))
      expect(roles.includes('reload')).toBe(isDevelopment)
      expect(roles.includes('toggleDevTools')).toBe(isDevelopment)
    }
  })
  it('have the application’s own menu on macOS', () => {
    expect(rolesOf(menuTemplate({ platform: 'darwin', locale: 'en', isDevelopment: false }))).toContain('hideOthers')
    expect(rolesOf(menuTemplate({ platform: 'win32', locale: 'en', isDevelopment: false }))).not.toContain('hideOthers')
  })
  it('are in Chinese throughout where the system is', () => {
    const labels = labelsOf(menuTemplate({ platform: 'darwin', locale: 'zh-CN', isDevelopment: true }))
    for (const label of labels.filter((text) => text !== '')) expect(label).toMatch(/\p{Script=Han}/u)
    expect(Object.values(texts.en).join('')).not.toMatch(/\p{Script=Han}/u)
  })
})

describe('a right click', () => {
  const flags = { canCut: true, canCopy: true, canPaste: false, canSelectAll: true }
  const roles = (isEditable: boolean, hasSelection: boolean) =>
    contextMenuTemplate({ isEditable, hasSelection, flags }, 'en').map(({ role, enabled }) => [role, enabled])
  it('offers what can be done there', () => {
    expect(roles(true, false)).toEqual([
      ['cut', true],
      ['copy', true],
      ['paste', false],
      [undefined, undefined],
      ['selectAll', true],
    ])
    expect(roles(false, true)).toEqual([['copy', true]])
    expect(roles(false, false)).toEqual([])
  })
})
