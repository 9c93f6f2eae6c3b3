import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readFieldComments } from '../../../scripts/lib/field-comments.ts'
import { schemaOf, type Shapes, tableOf } from '../../../scripts/lib/schema-table.ts'

describe('tableOf', () => {
  const person = z.object({ name: z.string() })
  const shapes: Shapes = z.registry()
  shapes.add(person, { id: 'Person' })
  const table = (schema: z.ZodType, io: 'input' | 'output' = 'input'): string[] =>
    tableOf(schemaOf(schema, io, shapes), (field) => (field === 'kind' ? 'A comment | with a bar.' : undefined)).slice(
      2,
    )

  it('names types, limits, defaults and comments', () => {
    const schema = z.object({
      kind: z.enum(['a', 'b']),
      name: z.string().min(1).max(20).optional(),
      count: z.int().min(1).max(5).default(3),
      at: z.int().nullable(),
      page: z.url(),
      any: z.unknown(),
    })
    expect(table(schema)).toEqual([
      '| `kind` | `a`, `b` | yes | A comment \\| with a bar. |',
      '| `name` | text | no | at most 20 characters |',
      '| `count` | integer | no | 1 to 5, default `3` |',
      '| `at` | integer or null | yes |  |',
      '| `page` | URL | yes |  |',
      '| `any` | any JSON | yes |  |',
    ])
    // What has a default is always there when it comes back.
    expect(table(schema, 'output')[2]).toBe('| `count` | integer | yes | 1 to 5, default `3` |')
  })

  it('writes inner objects out by their path, and points to those with a name', () => {
    const schema = z.object({
      peer: z.object({ id: z.string() }),
      parts: z.array(z.object({ text: z.string() })).nullable(),
      names: z.record(z.string(), z.boolean()),
      people: z.array(person),
      boss: person.nullable(),
    })
    expect(table(schema)).toEqual([
      '| `peer` | object | yes |  |',
      '| `peer.id` | text | yes |  |',
      '| `parts` | list of object or null | yes |  |',
      '| `parts[].text` | text | yes |  |',
      '| `names` | object: name → boolean | yes |  |',
      '| `people` | list of [Person](#person) | yes |  |',
      '| `boss` | [Person](#person) or null | yes |  |',
    ])
  })

  it('has no table for what has no fields or a name of its own', () => {
    const none = (): undefined => undefined
    expect(tableOf(schemaOf(z.object({}), 'input', shapes), none)).toEqual(['`{}`'])
    expect(tableOf(schemaOf(person, 'input', shapes), none)).toEqual(['[Person](#person)'])
  })
})

describe('readFieldComments', () => {
  it('finds a field’s comment by its owner, else by its name when that is unique', () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-comments-'))
    writeFileSync(
      join(folder, 'a.ts'),
      [
        'export const one = z.object({',
        '  /** Of one. */',
        '  name: z.string(),',
        '  // Not for readers.',
        '  hidden: z.string(),',
        '  /** Two',
        '   * lines. */',
        '  id,',
        '})',
        "export const entries = { 'a.b': entry('', z.object({ name: z.string(),",
        '  /** Only here. */',
        '  rare: z.int() })) }',
      ].join('\n'),
    )
    const comments = readFieldComments(folder)
    expect(comments.get('one', 'name')).toBe('Of one.')
    expect(comments.get('a.b', 'name')).toBeUndefined()
    expect(comments.get('one', 'hidden')).toBeUndefined()
    expect(comments.get('one', 'id')).toBe('Two lines.')
    expect(comments.get('a.b', 'rare')).toBe('Only here.')
    expect(comments.get('other', 'rare')).toBe('Only here.')
    rmSync(folder, { recursive: true })
  })
})
