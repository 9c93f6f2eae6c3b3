/** The parts of Electron that stand for the operating system: key store, screens, menus, dialogs, colours. */
import { EventEmitter } from 'node:events'
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { app } from './app.ts'

/* A key store that belongs to this user and machine: the same in every process. STAND_IN_KEY_STORE=none: no key store. */
const key = createHash('sha256').update('the stand-in’s key store').digest()
const prefix = Buffer.from('v11')
const hasKeyStore = (): boolean => process.env.STAND_IN_KEY_STORE !== 'none'

export const safeStorage = {
  getSelectedStorageBackend(): string {
    if (!app.isReady()) return 'unknown'
    return hasKeyStore() ? 'gnome_libsecret' : 'basic_text'
  },
  isAsyncEncryptionAvailable(): Promise<boolean> {
    app.demandReady('safeStorage')
    // As on Linux: without a key store a password in the source code takes its place, and that counts as available.
    return Promise.resolve(true)
  },
  encryptStringAsync(text: string): Promise<Buffer> {
    app.demandReady('safeStorage')
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Promise.resolve(Buffer.concat([prefix, nonce, cipher.getAuthTag(), content]))
  },
  decryptStringAsync(encrypted: Buffer): Promise<{ shouldReEncrypt: boolean; result: string }> {
    app.demandReady('safeStorage')
    try {
      if (!encrypted.subarray(0, 3).equals(prefix)) throw new Error('unknown prefix')
      const decipher = createDecipheriv('aes-256-gcm', key, encrypted.subarray(3, 15))
      decipher.setAuthTag(encrypted.subarray(15, 31))
      const result = Buffer.concat([decipher.update(encrypted.subarray(31)), decipher.final()]).toString('utf8')
      return Promise.resolve({ shouldReEncrypt: false, result })
    } catch {
      return Promise.reject(new Error('Error while decrypting the ciphertext provided to safeStorage.'))
    }
  },
}

const display = { id: 1, workArea: { x: 0, y: 0, width: 1440, height: 860 }, scaleFactor: 1 }
export const screen = {
  getPrimaryDisplay() {
    app.demandReady('screen')
    return display
  },
  getAllDisplays() {
    app.demandReady('screen')
    return [display]
  },
}

/* Touch ID is macOS's; STAND_IN_TOUCH_ID=yes or no is what a finger would say. */
export const systemPreferences = {
  canPromptTouchID: (): boolean => process.env.STAND_IN_TOUCH_ID !== undefined,
  promptTouchID: (reason: string): Promise<void> =>
    reason !== '' && process.env.STAND_IN_TOUCH_ID === 'yes'
      ? Promise.resolve()
      : Promise.reject(new Error('User canceled')),
}

export const nativeTheme = { shouldUseDarkColors: process.env.STAND_IN_DARK === '1' }

interface MenuItem {
  readonly role?: string
  readonly type?: string
  readonly label?: string
  readonly enabled?: boolean
  readonly click?: () => void
  readonly submenu?: readonly MenuItem[]
}

const roles = new Set(
  (
    'about services hide hideOthers unhide quit undo redo cut copy paste pasteAndMatchStyle delete selectAll ' +
    'resetZoom zoomIn zoomOut togglefullscreen reload toggleDevTools windowMenu minimize close front zoom help'
  ).split(' '),
)

export class Menu {
  static #application: Menu | null = null
  readonly template: readonly MenuItem[]
  constructor(template: readonly MenuItem[] = []) {
    this.template = template
  }
  static buildFromTemplate(template: readonly MenuItem[]): Menu {
    const check = (item: MenuItem): void => {
      if (item.role !== undefined && !roles.has(item.role)) throw new Error(`unknown role ${item.role}`)
      item.submenu?.forEach(check)
    }
    template.forEach(check)
    return new Menu(template)
  }
  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu
  }
  static getApplicationMenu(): Menu | null {
    return Menu.#application
  }
  popup(): void {}
}

/** The tray of the application; a test reads what it shows by the command `tray`, and clicks it. */
export class Tray {
  static #present: Tray | null = null
  readonly #listeners = new Map<string, () => void>()
  #image: string
  #tooltip = ''
  #title = ''
  #menu: Menu | null = null
  constructor(image: string) {
    app.demandReady('Tray')
    this.#image = checkedImage(image)
    Tray.#present = this
  }
  static present(): Tray | null {
    return Tray.#present
  }
  on(event: string, listener: () => void): this {
    this.#listeners.set(event, listener)
    return this
  }
  setImage(image: string): void {
    this.#image = checkedImage(image)
  }
  setToolTip(tooltip: string): void {
    this.#tooltip = tooltip
  }
  setTitle(title: string): void {
    this.#title = title
  }
  setContextMenu(menu: Menu | null): void {
    this.#menu = menu
  }
  destroy(): void {
    Tray.#present = null
  }
  click(): void {
    this.#listeners.get('click')?.()
  }
  /** What a person sees of it. */
  look(): { image: string; tooltip: string; title: string; menu: string[] } {
    const menu = (this.#menu?.template ?? []).map(({ label, type }) => label ?? type ?? '')
    return { image: basename(this.#image), tooltip: this.#tooltip, title: this.#title, menu }
  }
}

/** Electron shows no picture where there is none, and says nothing. */
function checkedImage(path: string): string {
  for (const file of [path, path.replace(/\.png$/, '@2x.png')]) {
    if (!existsSync(file)) throw new Error(`no picture for the tray: ${file}`)
  }
  return path
}

const unavailable = (): Promise<never> => Promise.reject(new Error('the stand-in opens nothing outside'))
/** Files that were shown in the file manager. */
export const shownItems: string[] = []
export const shell = {
  openExternal: unavailable,
  openPath: unavailable,
  showItemInFolder(path: string): void {
    shownItems.push(path)
  },
}

export const clipboard = {
  text: '',
  writeText(text: string): Promise<void> {
    clipboard.text = text
    return Promise.resolve()
  },
}

export const nativeImage = {
  /** Of a file that is not there Electron makes an empty picture, and says nothing. */
  createFromPath(path: string): { isEmpty(): boolean } {
    if (!existsSync(path)) throw new Error(`no picture: ${path}`)
    return { isEmpty: () => false }
  },
}

class PowerMonitor extends EventEmitter {}
export const powerMonitor = new PowerMonitor()

/* What Electron takes for keys; others throw. */
const accelerator =
  /^((CommandOrControl|Command|Control|Ctrl|Alt|Option|Shift|Super|Meta)\+)*([A-Z0-9]|F\d{1,2}|Space|Up|Down|Left|Right|[,=])$/
/** Keys of the whole system. STAND_IN_TAKEN_KEYS: those that another program has. */
const keys = new Map<string, () => void>()
export const globalShortcut = {
  register(wanted: string, pressed: () => void): boolean {
    app.demandReady('globalShortcut')
    if (!accelerator.test(wanted)) throw new TypeError('Error processing argument at index 0, conversion failure')
    if (process.env.STAND_IN_TAKEN_KEYS === wanted || keys.has(wanted)) return false
    keys.set(wanted, pressed)
    return true
  },
  isRegistered: (wanted: string): boolean => keys.has(wanted),
  unregister(wanted: string): void {
    keys.delete(wanted)
  },
}
/** Presses keys that belong to the application. @returns whether they do */
export function pressKeys(pressed: string): boolean {
  keys.get(pressed)?.()
  return keys.has(pressed)
}

export const crashReporter = {
  start({ uploadToServer = true }: { uploadToServer?: boolean }): void {
    if (uploadToServer) throw new Error('the stand-in sends nothing anywhere')
  },
}
