/** A JSON schema as a table that a person can read. */
import { z } from 'zod'

/** The part of JSON Schema that the contract's definitions come to. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** Schemas that have a name of their own, and a chapter to which others point. */
export type Shapes = z.core.$ZodRegistry<{ id: string }>

/** The JSON schema of one side of an entry; named shapes are references. */
export const schemaOf = (schema: z.ZodType, io: 'input' | 'output', shapes: Shapes): JsonSchema =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any', metadata: shapes }) as JsonSchema

/** Makes a text fit into a cell. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
const anchor = (name: string): string => name.toLowerCase().replaceAll(' ', '-')
const bound = (least: number | undefined, most: number | undefined, unit: string): string[] => {
  const from = least !== undefined && Number.isSafeInteger(least - 1) ? least : undefined
  const to = most !== undefined && Number.isSafeInteger(most + 1) ? most : undefined
  if (from !== undefined && to !== undefined) return [`${from} to ${to}${unit}`]
  if (from !== undefined) return [`at least ${from}${unit}`]
  return to === undefined ? [] : [`at most ${to}${unit}`]
}

/** The ids of ours are all alike; their pattern says less than their name. */
const idPattern = '^[1-9]\\d{0,18}$'

/** What a value may be, in a few words. */
export function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return `[${name}](#${anchor(name)})`
  }
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum)
    return schema.enum.length > 20 ? 'one of the [error codes](#errors)' : schema.enum.map(code).join(', ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.map(typeOf).join(' or ')
  if (schema.pattern === idPattern) return 'id'
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => typeOf({ ...schema, type })).join(' or ')
  switch (schema.type) {
    case 'string':
      return schema.format === 'uri' ? 'URL' : 'text'
    case 'integer':
      return 'integer'
    case 'array':
      return schema.items ? `list of ${typeOf(schema.items)}` : 'list'
    case 'object':
      return typeof schema.additionalProperties === 'object' && !schema.properties
        ? `object: name → ${typeOf(schema.additionalProperties)}`
        : 'object'
    case undefined:
      return 'any JSON'
    default:
      return String(schema.type)
  }
}

const limitsOf = (schema: JsonSchema): string[] => [
  ...bound(schema.minimum, schema.maximum, ''),
  ...bound(schema.minLength === 1 ? undefined : schema.minLength, schema.maxLength, ' characters'),
  ...bound(schema.minItems, schema.maxItems, ' items'),
  ...(schema.default === undefined ? [] : [`default ${code(schema.default)}`]),
]

/* What stands in a list or beside null, as far as it is an object written here and not elsewhere. */
function objectIn(schema: JsonSchema): { schema: JsonSchema; suffix: string } | undefined {
  if (schema.properties) return { schema, suffix: '' }
  if (schema.items) {
    const inner = objectIn(schema.items)
    return inner && { schema: inner.schema, suffix: `[]${inner.suffix}` }
  }
  const objects = (schema.anyOf ?? schema.oneOf ?? []).flatMap((choice) => objectIn(choice) ?? [])
  return objects.length === 1 ? objects[0] : undefined
}

function rowsOf(schema: JsonSchema, path: string, comment: (field: string) => string | undefined): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isRequired = schema.required?.includes(name) ?? false
    const inner = objectIn(field)
    const notes = [comment(name) ?? '', limitsOf(inner ? {} : field).join(', ')].filter((note) => note !== '')
    return [
      `| ${cell(`\`${path}${name}\``)} | ${cell(typeOf(field))} | ${isRequired ? 'yes' : 'no'} | ${cell(notes.join(' · '))} |`,
      ...(inner ? rowsOf(inner.schema, `${path}${name}${inner.suffix}.`, comment) : []),
    ]
  })
}

/**
 * The fields of an object as a Markdown table, those of inner objects by their path.
 *
 * @param comment the sentence about a field
 * @returns lines; a single sentence where there are no fields or the schema has a name of its own
 */
export function tableOf(schema: JsonSchema, comment: (field: string) => string | undefined): string[] {
  if (schema.$ref !== undefined) return [`${typeOf(schema)}`]
  if (Object.keys(schema.properties ?? {}).length === 0) return ['`{}`']
  return ['| field | type | always | |', '|---|---|---|---|', ...rowsOf(schema, '', comment)]
}
