/** Takes passwords out of what the record keeps of a call. */

/** Parameters whose values never enter the record. */
export const secretParameters: readonly string[] = ['password']
export const redacted = '***'
/** A shorter one is found in too much that is none; it goes only where it stands under its name. */
const shortestSecret = 4
/** Within base64 fewer letters are left of it. */
const shortestInBase64 = 6

type Data = Readonly<Record<string, unknown>>

/** Takes secrets out of a text of the record; they stand in it as JSON wrote them, perhaps inside other JSON. */
export function redact(text: string, data: Data): string {
  let clean = text
  for (const name of secretParameters) {
    const secret = data[name]
    if (typeof secret !== 'string' || secret === '') continue
    const inJson = `"${name}":${JSON.stringify(secret)}`
    clean = clean.replaceAll(inJson, `"${name}":"${redacted}"`)
    clean = clean.replaceAll(
      JSON.stringify(inJson).slice(1, -1),
      JSON.stringify(`"${name}":"${redacted}"`).slice(1, -1),
    )
  }
  return clean
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)
const inForm = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2)

/** A text as it stands within longer base64: at each of three shifts, without the letters that its neighbours share. */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text)
  if (bytes.length < shortestInBase64) return []
  return [0, 1, 2].flatMap((shift) => {
    const letters = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const inner = letters.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** The ways in which a platform may write a secret that was sent to it. */
function formsOf(secret: string): string[] {
  const plain = [secret, inJson(secret), inJson(inJson(secret))]
  const texts = plain.flatMap((text) => [text, encodeURIComponent(text), inForm(text)])
  const hex = Buffer.from(secret).toString('hex')
  const all = [...texts, ...texts.flatMap(inBase64), hex, hex.toUpperCase()]
  // The longest first: a shorter one would leave the rest of it standing.
  return [...new Set(all)].sort((a, b) => b.length - a.length)
}

/** What a platform says may repeat the request, in whatever wrapping: there the secret goes wherever it stands. */
export function redactAnswer(text: string, data: Data): string {
  let clean = redact(text, data)
  for (const name of secretParameters) {
    const secret = data[name]
    if (typeof secret !== 'string' || secret.length < shortestSecret) continue
    for (const form of formsOf(secret)) clean = clean.replaceAll(form, redacted)
  }
  return clean
}
