import { expect, test } from 'vitest'
import type { Robot } from '#shared/contract/entries/robots.ts'
import { unreadOverAll } from '#shared/unread.ts'
import { dropOf, foldersOf, stepOf } from '@/features/inbox/robot-folders.ts'

const robot = (id: string, folder: string, more: Partial<Robot> = {}): Robot =>
  ({ id, folder, name: `Robot ${id}`, serialNo: `88${id}`, unread: 0, muted: false, ...more }) as Robot

const robots = [
  robot('1', '', { unread: 4 }),
  robot('2', 'Shop', { unread: 2 }),
  robot('3', 'Shop', { unread: 3, muted: true }),
  robot('4', 'Care'),
]

test('folders are in order, those without one last, and count what is not muted', () => {
  const shown = foldersOf(robots)
  expect(shown.map((folder) => [folder.name, folder.robots.map(({ id }) => id), folder.unread])).toEqual([
    ['Care', ['4'], 0],
    ['Shop', ['2', '3'], 2],
    ['', ['1'], 4],
  ])
  expect(unreadOverAll(robots)).toBe(6)
})

test('words find robots by name and number', () => {
  expect(foldersOf(robots, 'robot 3').flatMap((folder) => folder.robots.map(({ id }) => id))).toEqual(['3'])
  expect(foldersOf(robots, '881').flatMap((folder) => folder.robots.map(({ id }) => id))).toEqual(['1'])
})

test('a step moves within a folder, over its border into the next, and not beyond the last', () => {
  const folders = foldersOf(robots)
  expect(stepOf(folders, '2', 1)).toEqual({ folder: 'Shop', position: 1 })
  expect(stepOf(folders, '3', 1)).toEqual({ folder: '', position: 0 })
  expect(stepOf(folders, '2', -1)).toEqual({ folder: 'Care', position: 1 })
  expect(stepOf(folders, '1', 1)).toBeNull()
  expect(stepOf(folders, 'nobody', 1)).toBeNull()
})

test('a drop goes before the robot it was dropped at, or to the end', () => {
  const shop = foldersOf(robots)[1]!
  expect(dropOf(shop, '3', '2')).toEqual({ folder: 'Shop', position: 0 })
  expect(dropOf(shop, '2', null)).toEqual({ folder: 'Shop', position: 1 })
  expect(dropOf(shop, '1', '3')).toEqual({ folder: 'Shop', position: 1 })
})
