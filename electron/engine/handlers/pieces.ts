import { AppError } from '#shared/contract/errors.ts'
import { contentMax } from '#shared/protocol/methods.ts'
import { lengthOf, type LengthUnit } from '#shared/text/length.ts'
import { splitText } from '#shared/text/split.ts'

const refuse = (problem: string): never => {
  throw new AppError('invalid-input', { field: 'content', problem })
}

/** The pieces in which a message goes out. @throws AppError invalid-input for what cannot be sent */
export function piecesOf(type: 'text' | 'image', content: string, unit: LengthUnit): string[] {
  if (type === 'text') {
    const pieces = splitText(content, contentMax, unit)
    return content.trim() === '' ? refuse('must not be blank') : pieces
  }
  if (!/^https?:\/\//i.test(content) || !URL.canParse(content)) refuse('must be the http or https link of a picture')
  if (lengthOf(content, unit) > contentMax) refuse(`the link must have at most ${contentMax} characters`)
  return [content]
}
