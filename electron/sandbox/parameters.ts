/** The parameters inside `data`, checked against the document's table. Nothing is converted, nothing forgiven. */
import {
  contentMax,
  contentTypeMax,
  messageTypes,
  methodFacts,
  type MethodName,
  type ParameterFact,
} from '#shared/protocol/methods.ts'
import { isObject, kindOf, parseJson } from './json.ts'
import { Refusal } from './refusal.ts'

export interface MessageContent {
  readonly type: string
  readonly content: string
}

/** Checked parameters: each is there in its type, or was optional and left out. */
export class Parameters {
  readonly #values: Record<string, unknown>
  constructor(values: Record<string, unknown>) {
    this.#values = values
  }
  /** @returns empty text where it was left out */
  text(name: string): string {
    const value = this.#values[name]
    return typeof value === 'string' ? value : ''
  }
  /** @returns false where it was left out */
  flag(name: string): boolean {
    return this.#values[name] === true
  }
  /** @returns an empty list where it was left out */
  list(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? (value as string[]) : []
  }
  content(): MessageContent {
    const { msg_type, msg_content } = this.#values.content as { msg_type: string; msg_content: string }
    return { type: msg_type, content: msg_content }
  }
}

/**
 * @param data the envelope's `data`, JSON text
 * @throws Refusal parameter, missing: names the field
 */
export function readParameters(method: MethodName, data: string): Parameters {
  let values: unknown
  try {
    values = parseJson(data)
  } catch {
    throw new Refusal('parameter', 'data is no JSON')
  }
  if (!isObject(values)) throw new Refusal('parameter', `data is ${kindOf(values)}, not an object`)
  const facts = methodFacts[method]
  for (const name of Object.keys(values))
    if (!facts.parameters.some((fact) => fact.name === name))
      throw new Refusal('parameter', `${name} is no parameter of ${method}`)
  for (const fact of facts.parameters) checkOne(fact, values[fact.name])
  for (const names of facts.exactlyOneOf ?? []) {
    const given = names.filter((name) => values[name] !== undefined)
    if (given.length === 0) throw new Refusal('missing', `one of ${names.join(', ')} is missing`)
    if (given.length > 1) throw new Refusal('parameter', `only one of ${names.join(', ')} may be given`)
  }
  return new Parameters(values)
}

function checkOne(fact: ParameterFact, value: unknown): void {
  const { name, required, max, values } = fact
  if (value === undefined || (required && value === '')) {
    if (required) throw new Refusal('missing', `${name} is missing`)
    return
  }
  switch (fact.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw new Refusal('parameter', `${name} is ${kindOf(value)}, not true or false`)
      return
    case 'text':
      checkText(name, value, max)
      if (values && !values.includes(value as string))
        throw new Refusal('parameter', `${name} is "${String(value)}", not ${values.join(' or ')}`)
      return
    case 'textList':
      if (!Array.isArray(value)) throw new Refusal('parameter', `${name} is ${kindOf(value)}, not a list of text`)
      if (value.length === 0) throw new Refusal('parameter', `${name} is an empty list`)
      value.forEach((item, index) => {
        checkText(`${name}[${index}]`, item, max, true)
      })
      if (new Set(value).size < value.length) throw new Refusal('parameter', `${name} names somebody twice`)
      return
    case 'content':
      checkContent(name, value)
  }
}

function checkText(name: string, value: unknown, max: number | undefined, filled = false): void {
  if (typeof value !== 'string') throw new Refusal('parameter', `${name} is ${kindOf(value)}, not text`)
  if (filled && value === '') throw new Refusal('parameter', `${name} is empty`)
  if (max !== undefined && [...value].length > max)
    throw new Refusal('parameter', `${name} is longer than ${max} characters`)
}

function checkContent(name: string, value: unknown): void {
  if (!isObject(value)) throw new Refusal('parameter', `${name} is ${kindOf(value)}, not an object`)
  for (const key of Object.keys(value))
    if (key !== 'msg_type' && key !== 'msg_content') throw new Refusal('parameter', `${name}.${key} is no parameter`)
  const { msg_type: type, msg_content: content } = value
  if (type === undefined || type === '') throw new Refusal('missing', `${name}.msg_type is missing`)
  if (content === undefined || content === '') throw new Refusal('missing', `${name}.msg_content is missing`)
  checkText(`${name}.msg_type`, type, contentTypeMax)
  checkText(`${name}.msg_content`, content, contentMax)
  const allowed: readonly unknown[] = Object.values(messageTypes)
  if (!allowed.includes(type))
    throw new Refusal('parameter', `${name}.msg_type is "${String(type)}", not ${allowed.join(' or ')}`)
  if (type === messageTypes.image && !isHttpLink(String(content)))
    throw new Refusal('parameter', `${name}.msg_content is no http or https link, but a picture needs one`)
}

function isHttpLink(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
