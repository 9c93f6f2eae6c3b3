/**
 * The look's values, once: they become CSS custom properties (`--bg`, `--text-2` …) for our own styles
 * and theme overrides for Naive UI, which computes with them and so needs the plain values.
 */

export interface Palette {
  bg: string
  panel: string
  sunken: string
  line: string
  'line-soft': string
  text: string
  'text-2': string
  'text-3': string
  accent: string
  'accent-hover': string
  'accent-soft': string
  'accent-ink': string
  out: string
  in: string
  ok: string
  warn: string
  'warn-soft': string
  bad: string
  'bad-soft': string
  sel: string
  hover: string
  shadow: string
  scrim: string
}

export const light: Palette = {
  bg: '#f3f5f7',
  panel: '#ffffff',
  sunken: '#f8f9fb',
  line: '#e0e5ea',
  'line-soft': '#eef1f4',
  text: '#1b232c',
  'text-2': '#515e6b',
  'text-3': '#5e6a77',
  accent: '#0b6f6a',
  'accent-hover': '#095e5a',
  'accent-soft': '#e2f2f0',
  'accent-ink': '#ffffff',
  out: '#dff1ee',
  in: '#ffffff',
  ok: '#12702f',
  warn: '#935300',
  'warn-soft': '#fff4e0',
  bad: '#bd2b26',
  'bad-soft': '#fdeceb',
  sel: '#e8f0f4',
  hover: '#f2f5f8',
  shadow: '0 1px 2px rgba(20, 30, 40, 0.06), 0 8px 24px rgba(20, 30, 40, 0.1)',
  scrim: 'rgba(15, 20, 25, 0.42)',
}

export const dark: Palette = {
  bg: '#101418',
  panel: '#171c21',
  sunken: '#13181c',
  line: '#29313a',
  'line-soft': '#20272e',
  text: '#e3e8ed',
  'text-2': '#a3afbb',
  'text-3': '#95a2af',
  accent: '#4fbfb4',
  'accent-hover': '#6bcec4',
  'accent-soft': '#15322f',
  'accent-ink': '#06201e',
  out: '#17403c',
  in: '#1f262d',
  ok: '#5fcb86',
  warn: '#e6ac52',
  'warn-soft': '#33270f',
  bad: '#f08f89',
  'bad-soft': '#3a1c1b',
  sel: '#222d36',
  hover: '#1b2127',
  shadow: '0 1px 2px rgba(0, 0, 0, 0.4), 0 8px 24px rgba(0, 0, 0, 0.5)',
  scrim: 'rgba(0, 0, 0, 0.6)',
}

/** Twelve colours of even lightness that carry white letters at 4.5 or better; `Robot.color` is the index. */
export const robotColors = [
  '#3874a6',
  '#a85a16',
  '#7a5195',
  '#2f7d5b',
  '#b0416a',
  '#5b6b1f',
  '#4657a8',
  '#8a5a44',
  '#0f7a8a',
  '#a8442f',
  '#6b6280',
  '#93509a',
] as const

/** Quieter ones for people and groups, so that robots stand out; also white letters at 4.5. */
export const peopleColors = [
  '#9b6570',
  '#5c7285',
  '#776c48',
  '#657280',
  '#8f5f78',
  '#4b7863',
  '#84675a',
  '#5f7086',
  '#74744f',
  '#8a6c50',
  '#7a6a8f',
] as const

const text =
  '"Noto Sans", "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "Noto Sans SC", "Noto Sans Thai", "Leelawadee UI", system-ui, sans-serif, "Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji"'
export const fonts = {
  text,
  /** The first is base.css's, and holds these signs alone. */
  english: `'Latin punctuation', ${text}`,
  /** The CJK one last: its Latin letters are no wider apart than those of the text, where the system has no other. */
  mono: '"Noto Sans Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono CJK SC", monospace',
}
