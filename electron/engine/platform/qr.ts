/** Finds the QR code of a log-in, which the platform's document does not describe (PROTOCOL §4). */
import { asText, isObject, type Json } from './json.ts'

export interface QrCode {
  /** `link`: a picture's address; `image`: a data URL; `text`: what is to be drawn as a QR code. */
  kind: 'link' | 'image' | 'text'
  value: string
}

interface Entry {
  name: string
  value: string
}

/** Deepest nesting that is searched: bodies are hostile. */
const depthLimit = 6

function* entries(value: Json, depth = 0): Generator<Entry> {
  if (depth > depthLimit) return
  if (Array.isArray(value)) {
    for (const item of value) yield* entries(item, depth + 1)
  } else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      const text = asText(field)
      if (text?.trim()) yield { name: name.trim().toLowerCase(), value: text.trim() }
      else yield* entries(field, depth + 1)
    }
  }
}

const exactNames = ['url', 'img', 'code']

/** In the order of certainty; `url`, `img` and `code` count only inside `data`, which is all that is searched. */
const isQrName: readonly ((name: string) => boolean)[] = [
  (name) => name.includes('qr'),
  (name) => name === 'vccodeurl',
  (name) => exactNames.includes(name),
]

const atPath = (data: Json, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((value, name) => (isObject(value) ? value[name] : undefined), data)

/**
 * Looks for a QR code in `data`.
 *
 * @param path the deployment's own path, dotted, where the connection sets one
 */
export function findQr(data: Json, path?: string): QrCode | null {
  if (path) {
    const text = asText(atPath(data, path))?.trim()
    return text ? classify(text) : null
  }
  const all = [...entries(data)]
  for (const fits of isQrName) {
    const found = all.find((entry) => fits(entry.name))
    if (found) return classify(found.value)
  }
  return null
}

const pictureStarts: readonly [string, string][] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
]

/** What kind of thing a value is: a data URL, base64 of PNG or JPEG, a picture's link, or text to be drawn. */
export function classify(value: string): QrCode {
  if (/^data:image\/(png|jpeg|gif|webp);base64,/i.test(value)) return { kind: 'image', value }
  const start = pictureStarts.find(([prefix]) => value.startsWith(prefix))
  if (start) return { kind: 'image', value: `data:${start[1]};base64,${value.replace(/\s+/g, '')}` }
  if (/^https?:\/\/\S+\.(png|jpe?g|gif|webp)(\?\S*)?$/i.test(value)) return { kind: 'link', value }
  return { kind: 'text', value }
}
