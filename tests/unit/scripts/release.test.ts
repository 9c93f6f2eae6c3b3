/** What the workflow of a release asks for: whether a tag may become one, its notes, its checksums. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { notesOf, obstacleTo, sumsFile, sumsOf } from '../../../scripts/lib/release.ts'
import { unpinned } from '../../../scripts/lib/workflows.ts'

const changelog = `# Changelog

## Unreleased

## [1.10.0] - 2027-02-01

### Added

- Ten.

## 1.1.0 - 2027-01-01

### Fixed

- One.
`

describe('the notes of a version', () => {
  it('are its part of the changelog, without the heading and without its neighbours', () => {
    expect(notesOf(changelog, '1.10.0')).toBe('### Added\n\n- Ten.')
    expect(notesOf(changelog, '1.1.0')).toBe('### Fixed\n\n- One.')
  })

  it('are read with the line ends of Windows', () => {
    expect(notesOf(changelog.replaceAll('\n', '\r\n'), '1.1.0')).toBe('### Fixed\n\n- One.')
  })

  it('are none for a version whose number only begins alike, and for an empty part', () => {
    expect(notesOf(changelog, '1.1')).toBeNull()
    expect(notesOf(changelog, 'Unreleased')).toBeNull()
  })
})

describe('a tag', () => {
  it('becomes a release where it is the version and the changelog speaks of it', () => {
    expect(obstacleTo('v1.10.0', '1.10.0', changelog)).toBeNull()
  })

  it('does not, where the version was forgotten', () => {
    expect(obstacleTo('v1.11.0', '1.10.0', changelog)).toContain('has to be v1.10.0')
    expect(obstacleTo('1.10.0', '1.10.0', changelog)).toContain('has to be v1.10.0')
  })

  it('does not, where the changelog was forgotten', () => {
    expect(obstacleTo('v2.0.0', '2.0.0', changelog)).toContain('says nothing of 2.0.0')
  })
})

describe('checksums', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-sums-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it.skipIf(process.platform !== 'linux')(
    'are what sha256sum accepts, and refuses once a file has changed',
    async () => {
      writeFileSync(join(folder, 'Switchboard 1.0 win.exe'), 'one')
      writeFileSync(join(folder, 'a.deb'), 'two')
      mkdirSync(join(folder, 'linux-unpacked'))
      writeFileSync(join(folder, sumsFile), await sumsOf(folder))
      writeFileSync(join(folder, sumsFile), await sumsOf(folder))
      const check = (): string =>
        execFileSync('sha256sum', ['--check', '--strict', sumsFile], { cwd: folder, stdio: 'pipe' }).toString()
      expect(check()).toBe('Switchboard 1.0 win.exe: OK\na.deb: OK\n')
      writeFileSync(join(folder, 'a.deb'), 'three')
      expect(check).toThrow('1 computed checksum did NOT match')
    },
  )
})

describe('an action of others', () => {
  it('has to be named by its commit', () => {
    const commit = '3d3c42e5aac5ba805825da76410c181273ba90b1'
    const workflow = [
      'steps:',
      `  - uses: actions/checkout@${commit} # v7`,
      '  - uses: "actions/setup-node@v7"',
      '  - name: x',
      '    uses: actions/cache@main',
      '  - uses: ./.github/workflows/test.yml',
      '  # uses: nobody/nothing@v1',
    ].join('\n')
    expect(unpinned(workflow)).toEqual([
      { line: 3, action: 'actions/setup-node@v7' },
      { line: 5, action: 'actions/cache@main' },
    ])
  })
})
