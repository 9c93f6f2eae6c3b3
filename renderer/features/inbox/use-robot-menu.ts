/** What can be done with a robot in the rail: mute, move, colour, name. */
import { BellOff, Folder, FolderPlus, Palette, Pencil, Settings2 } from '@lucide/vue'
import { shallowRef } from 'vue'
import { useRouter } from 'vue-router'
import type { Robot } from '#shared/contract/entries/robots.ts'
import { t } from '@/app/i18n/index.ts'
import { robotColors } from '@/app/theme/tokens.ts'
import { robotName } from '@/components/avatar.ts'
import { showMenu, type MenuItem } from '@/components/menu.ts'
import { useRobots } from '@/stores/robots.ts'

/** What a robot is asked a name for: its own, or that of a folder it is put into. */
export const naming = shallowRef<{ robot: Robot; what: 'robot' | 'folder' } | null>(null)

export function useRobotMenu() {
  const robots = useRobots()
  const router = useRouter()

  function folderItems(robot: Robot): MenuItem[] {
    const others = [...new Set(robots.items.map((item) => item.folder))].filter((name) => name !== '').sort()
    return [
      ...others.map((folder) => ({
        label: folder,
        icon: Folder,
        checked: robot.folder === folder,
        act: () => void robots.update(robot.id, { folder }),
      })),
      {
        label: t('rail.noFolder'),
        checked: robot.folder === '',
        act: () => void robots.update(robot.id, { folder: '' }),
      },
      {
        label: t('rail.newFolder'),
        icon: FolderPlus,
        apart: true,
        act: () => {
          naming.value = { robot, what: 'folder' }
        },
      },
    ]
  }

  const colorItems = (robot: Robot): MenuItem[] =>
    robotColors.map((color, index) => ({
      label: t('rail.colorN', { n: index + 1 }),
      color,
      checked: robot.color === index,
      act: () => void robots.update(robot.id, { color: index }),
    }))

  const items = (robot: Robot): MenuItem[] => [
    {
      label: robot.muted ? t('rail.unmute') : t('rail.mute'),
      icon: BellOff,
      act: () => void robots.update(robot.id, { muted: !robot.muted }),
    },
    { label: t('rail.folder'), icon: Folder, note: robot.folder, children: () => folderItems(robot) },
    { label: t('rail.color'), icon: Palette, children: () => colorItems(robot) },
    {
      label: t('rail.rename'),
      icon: Pencil,
      act: () => {
        naming.value = { robot, what: 'robot' }
      },
    },
    { label: t('rail.manage'), icon: Settings2, apart: true, act: () => void router.push({ name: 'robots' }) },
  ]

  return {
    open: (event: MouseEvent, robot: Robot) =>
      showMenu(event, t('rail.menu', { name: robotName(robot) }), items(robot)),
  }
}
