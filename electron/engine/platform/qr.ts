/** Finds the QR code of a log-in, which the platform's document does not describe (PROTOCOL §4). */
import { asText, Fields, isObject, type Json } from './json.ts'

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

/** In the order of certainty; `url`, `img` and `code` count only inside `data`. */
const isQrName: readonly ((name: string) => boolean)[] = [
  (name) => name.includes('qr'),
  (name) => name === 'vccodeurl',
  (name) => exactNames.includes(name),
]

/** One step of a path: into an object by its folded name, into a list by its number or else into its only item. */
function step(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return /^\d{1,4}$/.test(name) ? value[Number(name)] : step(value[0], name)
  return isObject(value) ? new Fields(value).get(name.trim()) : undefined
}

const atPath = (value: Json, path: string): string | undefined =>
  asText(path.split('.').reduce<Json | undefined>(step, value))?.trim() || undefined

/**
 * Looks for a QR code in `data`, and by the names that can mean nothing else beside it.
 *
 * @param path the deployment's own path, dotted, where the connection sets one; from `data` or from the whole body on
 * @param beside what stands beside `data` in a callback
 */
export function findQr(data: Json, path?: string, beside: Record<string, Json> = {}): QrCode | null {
  if (path) {
    const text = atPath(data, path) ?? atPath({ ...beside, data }, path)
    return text === undefined ? null : classify(text)
  }
  const inside = [...entries(data)]
  const outside = [...entries(beside)].filter(({ name }) => !exactNames.includes(name))
  for (const fits of isQrName) {
    const found = [...inside, ...outside].find((entry) => fits(entry.name))
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
