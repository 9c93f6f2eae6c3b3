/**
 * What the workflow of a release asks for beside the installers; nothing has to be installed for it.
 *
 * - `check TAG`: ends with one sentence where the tag is not the version or the changelog does not speak of it
 * - `notes TAG`: prints what the changelog says of it
 * - `sums FOLDER`: writes the checksums of the folder's files beside them
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { notesOf, obstacleTo, sumsFile, sumsOf } from './lib/release.ts'
import { inProject } from './lib/project.mjs'
import { runMain, StepFailure } from './lib/steps.mjs'

const changelog = (): string => readFileSync(inProject('CHANGELOG.md'), 'utf8')

/* The one field that is needed of the project's own file. */
function projectVersion(): string {
  const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string }
  return version
}

function check(tag: string): void {
  const obstacle = obstacleTo(tag, projectVersion(), changelog())
  if (obstacle) throw new StepFailure(obstacle)
}

function notes(tag: string): void {
  check(tag)
  process.stdout.write(`${notesOf(changelog(), projectVersion()) ?? ''}\n`)
}

async function sums(folder: string): Promise<void> {
  writeFileSync(join(folder, sumsFile), await sumsOf(folder))
}

const commands = new Map<string, (argument: string) => void | Promise<void>>([
  ['check', check],
  ['notes', notes],
  ['sums', sums],
])

runMain(async () => {
  const [name = '', argument] = process.argv.slice(2)
  const command = commands.get(name)
  if (!command || argument === undefined) {
    throw new StepFailure('Say check TAG, notes TAG or sums FOLDER.')
  }
  await command(argument)
})
