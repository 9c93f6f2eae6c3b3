/**
 * Bodies of the record, made readable. They are indented as text and never parsed into values: a 19-digit
 * number would lose digits on the way, and what is shown must be what came.
 */

const step = '  '
const end = /\s*[}\]]/y

/** Indents a JSON text, changing nothing but the blanks between its parts. */
function indent(json: string): string {
  let out = ''
  let depth = 0
  let inText = false
  for (let index = 0; index < json.length; index++) {
    const sign = json.charAt(index)
    if (inText) {
      out += sign
      if (sign === '\\') out += json.charAt(++index)
      else if (sign === '"') inText = false
      continue
    }
    if (/\s/.test(sign)) continue
    if (sign === '"') {
      inText = true
      out += sign
    } else if (sign === '{' || sign === '[') {
      end.lastIndex = index + 1
      out += sign
      // An empty one stays on its line.
      if (end.test(json)) {
        out += json.charAt(end.lastIndex - 1)
        index = end.lastIndex - 1
      } else out += `\n${step.repeat(++depth)}`
    } else if (sign === '}' || sign === ']') out += `\n${step.repeat(--depth)}${sign}`
    else if (sign === ',') out += `,\n${step.repeat(depth)}`
    else if (sign === ':') out += ': '
    else out += sign
  }
  return out
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Longer bodies are shown as they came: indenting them would hold the page up. */
const longest = 200_000

/**
 * A body for reading: JSON is indented, a form is written field by field (with JSON inside indented), and
 * everything else stays as it is.
 */
export function prettyBody(body: string): string {
  if (body.length > longest) return body
  if (isJson(body)) return indent(body)
  if (!/^[\w.%+-]+=[^\n]*$/.test(body)) return body
  return [...new URLSearchParams(body)]
    .map(([name, value]) => `${name} = ${isJson(value) ? indent(value) : value}`)
    .join('\n')
}
