/** The comments that stand above the fields of schemas in the contract's source. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** Finds the comment above a field. */
export interface FieldComments {
  /**
   * @param owner name of the constant that holds the schema, or of the entry
   * @param field its name, without the path to it
   * @returns the sentence, on one line; undefined when the field has none
   */
  get(owner: string, field: string): string | undefined
}

const nameOf = (name: ts.PropertyName): string | undefined =>
  ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined

function commentAbove(node: ts.Node, source: ts.SourceFile): string | undefined {
  const range = ts.getLeadingCommentRanges(source.text, node.getFullStart())?.at(-1)
  const text = range && source.text.slice(range.pos, range.end)
  if (!text?.startsWith('/**')) return undefined
  return text
    .slice(3, -2)
    .split('\n')
    .map((line) => line.trim().replace(/^\*\s?/, ''))
    .join(' ')
    .trim()
}

/**
 * Reads the comments of all fields in a folder of TypeScript sources.
 *
 * A schema that is derived from another has lost the way to its source; there a field is known by its name,
 * as long as only one schema has a field of that name.
 */
export function readFieldComments(folder: string): FieldComments {
  const byOwner = new Map<string, string>()
  const declarations = new Map<string, number>()
  const byName = new Map<string, string>()

  const visit = (node: ts.Node, owner: string, source: ts.SourceFile): void => {
    let inner = owner
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) inner = node.name.text
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
      const name = nameOf(node.name)
      if (name?.includes('.')) {
        inner = name
      } else if (name !== undefined) {
        declarations.set(name, (declarations.get(name) ?? 0) + 1)
        const comment = commentAbove(node, source)
        if (comment !== undefined) {
          byOwner.set(`${owner} ${name}`, comment)
          byName.set(name, comment)
        }
      }
    }
    node.forEachChild((child) => {
      visit(child, inner, source)
    })
  }
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.ts')) continue
    const source = ts.createSourceFile(path, readFileSync(join(folder, path), 'utf8'), ts.ScriptTarget.Latest)
    visit(source, '', source)
  }
  return {
    get: (owner, field) =>
      byOwner.get(`${owner} ${field}`) ?? (declarations.get(field) === 1 ? byName.get(field) : undefined),
  }
}
