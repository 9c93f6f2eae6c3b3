import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/rail.ts'

const rail: Words<typeof zhCN> = {
  others: 'Others',
  find: 'Find a robot',
  noneFound: 'No such robot',
  menu: 'Actions for robot {name}',
  mute: 'Mute',
  unmute: 'Unmute',
  folder: 'Folder',
  noFolder: 'No folder',
  newFolder: 'New folder…',
  folderTitle: 'Put into a new folder',
  folderName: 'Name of the folder',
  folderHint: 'A folder without robots goes by itself',
  color: 'Colour',
  colorN: 'Colour {n}',
  rename: 'Rename',
  name: 'Name',
  manage: 'Manage robots',
  moved: '“{name}” is now number {n} in “{folder}”',
}
export default rail
