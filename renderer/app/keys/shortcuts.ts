/**
 * All keys of the application, once: what listens, what tooltips say and what the list of keys shows are made of
 * it. Letters go by their place on the keyboard where Alt is held, since Alt writes other signs on a Mac.
 */
import type { TextKey } from '../i18n/index.ts'

export const isMac = /mac/i.test(navigator.platform)

interface Keys {
  /** `event.key`, as it is written, in lower case. */
  key?: string
  /** `event.code`. */
  code?: string
  /** Ctrl, on a Mac ⌘. */
  mod?: boolean
  alt?: boolean
  shift?: boolean
  /** Only where no text is being written: a sign that belongs to a text elsewhere. */
  outsideText?: boolean
}

export interface Shortcut extends Keys {
  label: TextKey
  section: 'everywhere' | 'list' | 'conversation' | 'robots' | 'writing'
  /** Written in place of what the keys would be called. */
  shown?: string
  /** Told in the list of keys only: a field or list listens for itself. */
  toldOnly?: boolean
}

const alt = (letter: string): Keys => ({ alt: true, code: `Key${letter}` })

export const shortcuts = {
  search: { label: 'keys.search', section: 'everywhere', mod: true, key: 'k' },
  find: { label: 'keys.find', section: 'everywhere', ...alt('K') },
  help: { label: 'keys.help', section: 'everywhere', key: '?', outsideText: true },
  helpAnywhere: { label: 'keys.helpAnywhere', section: 'everywhere', mod: true, key: '/' },
  documents: { label: 'keys.documents', section: 'everywhere', key: 'f1' },
  settings: { label: 'keys.settings', section: 'everywhere', mod: true, key: ',' },
  lock: { label: 'keys.lock', section: 'everywhere', mod: true, shift: true, code: 'KeyL' },
  section: {
    label: 'keys.section',
    section: 'everywhere',
    shown: isMac ? '⌥1 … ⌥9' : 'Alt 1 … 9',
    toldOnly: true,
  },
  close: { label: 'keys.close', section: 'everywhere', shown: 'Esc', toldOnly: true },
  next: { label: 'keys.next', section: 'list', alt: true, key: 'arrowdown' },
  previous: { label: 'keys.previous', section: 'list', alt: true, key: 'arrowup' },
  nextUnread: { label: 'keys.nextUnread', section: 'list', ...alt('J') },
  onlyUnread: { label: 'keys.onlyUnread', section: 'list', alt: true, shift: true, code: 'KeyU' },
  onlyToAnswer: { label: 'keys.onlyToAnswer', section: 'list', alt: true, shift: true, code: 'KeyA' },
  select: { label: 'keys.select', section: 'list', ...alt('S') },
  resolve: { label: 'keys.resolve', section: 'conversation', ...alt('R') },
  unread: { label: 'keys.unread', section: 'conversation', ...alt('U') },
  later: { label: 'keys.later', section: 'conversation', ...alt('L') },
  tags: { label: 'keys.tags', section: 'conversation', ...alt('T') },
  pin: { label: 'keys.pin', section: 'conversation', ...alt('P') },
  mute: { label: 'keys.mute', section: 'conversation', ...alt('M') },
  hide: { label: 'keys.hide', section: 'conversation', ...alt('H') },
  details: { label: 'keys.details', section: 'conversation', ...alt('I') },
  menu: { label: 'keys.menu', section: 'conversation', shown: 'Shift F10', toldOnly: true },
  messages: { label: 'keys.messages', section: 'conversation', shown: '↑ ↓', toldOnly: true },
  messageMenu: { label: 'keys.messageMenu', section: 'conversation', shown: 'Enter', toldOnly: true },
  nextRobot: { label: 'keys.nextRobot', section: 'robots', alt: true, shift: true, key: 'arrowdown' },
  previousRobot: { label: 'keys.previousRobot', section: 'robots', alt: true, shift: true, key: 'arrowup' },
  moveRobot: {
    label: 'keys.moveRobot',
    section: 'robots',
    shown: isMac ? '⌘↑ ⌘↓' : 'Ctrl ↑ ↓',
    toldOnly: true,
  },
  send: { label: 'keys.send', section: 'writing', shown: 'Enter', toldOnly: true },
  lineBreak: { label: 'keys.lineBreak', section: 'writing', shown: isMac ? '⇧Enter' : 'Shift Enter', toldOnly: true },
  quickReply: { label: 'keys.quickReply', section: 'writing', shown: '/', toldOnly: true },
  mention: { label: 'keys.mention', section: 'writing', shown: '@', toldOnly: true },
} as const satisfies Record<string, Shortcut>

export type ShortcutName = keyof typeof shortcuts

/** In the order of the list of keys. */
export const shortcutList: readonly (Shortcut & { name: ShortcutName })[] = (
  Object.keys(shortcuts) as ShortcutName[]
).map((name) => ({ ...shortcuts[name], name }))

const arrows: Readonly<Record<string, string>> = { arrowup: '↑', arrowdown: '↓' }

/** A key as it is written on this machine: `Ctrl K`, `⌘K`. */
export function keyName(name: ShortcutName): string {
  const one: Shortcut = shortcuts[name]
  if (one.shown !== undefined) return one.shown
  const main = one.code?.replace('Key', '') ?? arrows[one.key ?? ''] ?? (one.key ?? '').toUpperCase()
  const held = isMac
    ? [one.alt && '⌥', one.shift && '⇧', one.mod && '⌘']
    : [one.mod && 'Ctrl', one.alt && 'Alt', one.shift && 'Shift']
  return [...held, main].filter(Boolean).join(isMac ? '' : ' ')
}

/** Whether what is typed goes into a text. */
export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.tagName === 'TEXTAREA' ||
      target.tagName === 'SELECT' ||
      (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)))
  )
}

/** Whether the event is part of a composition (229 is what browsers report that do not set the flag). */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229

/** Whether an event is what a shortcut names. A sign that needs Shift, as `?` does, is taken by the sign alone. */
export function matches(one: Shortcut, event: KeyboardEvent): boolean {
  if (one.toldOnly || isComposing(event)) return false
  if (one.outsideText && isWriting(event.target)) return false
  const mod = isMac ? event.metaKey : event.ctrlKey
  const other = isMac ? event.ctrlKey : event.metaKey
  if (other || mod !== (one.mod ?? false) || event.altKey !== (one.alt ?? false)) return false
  const needsShift = one.key !== undefined && /^[^a-z]$/.test(one.key)
  if (!needsShift && event.shiftKey !== (one.shift ?? false)) return false
  return one.code === undefined ? event.key.toLowerCase() === one.key : event.code === one.code
}
