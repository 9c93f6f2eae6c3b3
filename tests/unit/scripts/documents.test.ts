/** Pages of the help, as they are made of docs/: links lead to pages that there are, and nothing in them is code. */
import { parse } from '@vue/compiler-sfc'
import * as fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { helpPages, linkOf, pageOf, slugOf } from '../../../scripts/lib/documents.ts'
import { inProject } from '../../../scripts/lib/project.mjs'

const texts = new Map([...helpPages.keys()].map((path) => [path, readFileSync(join(inProject('docs'), path), 'utf8')]))
const htmlOf = (path: string): string => pageOf(texts.get(path) ?? '', path)
const idsOf = (html: string): string[] => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? '')

describe('a link', () => {
  it('leads to the page that shows the document, and to its part', () => {
    expect(linkOf('guide/zh-CN.md', '../administrator.md')).toBe('/help/administrator')
    expect(linkOf('administrator.md', 'deploy.md#the-end')).toBe('/help/deploy#the-end')
    expect(linkOf('../CHANGELOG.md', 'docs/watch.md')).toBe('/help/watch')
    expect(linkOf('watch.md', '#the-webhook')).toBe('#the-webhook')
  })

  it('leads nowhere where the help does not show the document', () => {
    expect(linkOf('administrator.md', 'packaging.md')).toBeNull()
    expect(pageOf('See [there](packaging.md).', 'administrator.md')).toBe('<p>See there.</p>\n')
  })

  it('outside is an address to be copied', () => {
    expect(pageOf('[Keep](https://keep.example/)', 'watch.md')).toBe('<p>Keep (https://keep.example/)</p>\n')
  })
})

describe('a heading', () => {
  it('has the address that code hosts give it', () => {
    expect(slugOf('Is it well: `/healthz`')).toBe('is-it-well-healthz')
    expect(slugOf('发出去怎样了')).toBe('发出去怎样了')
  })
})

describe('every document of the help', () => {
  it.each([...helpPages.keys()])('%s leads only to parts that there are', (path) => {
    const hrefs = [...htmlOf(path).matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href ?? '')
    for (const href of hrefs) {
      const [page = '', part] = href.split('#')
      const targets = page === '' ? [path] : [...helpPages].filter(([, id]) => `/help/${id}` === page).map(([to]) => to)
      expect(targets, href).not.toHaveLength(0)
      if (part !== undefined)
        expect(
          targets.flatMap((to) => idsOf(htmlOf(to))),
          href,
        ).toContain(part)
    }
  })

  it.each([...helpPages.keys()])('%s shows only pictures that there are', (path) => {
    for (const [, src] of htmlOf(path).matchAll(/<img src="([^"]+)"/g)) {
      expect(existsSync(join(inProject('docs'), path, '..', src ?? '')), src).toBe(true)
    }
  })
})

describe('any text', () => {
  it('is shown as it is written: neither HTML nor anything that Vue would run', () => {
    const hostile = fc.string().map((text) => `${text}{{ boom() }}<img src=x onerror="boom()"><b v-html="boom()">`)
    fc.assert(
      fc.property(hostile, (text) => {
        const html = pageOf(text, 'watch.md')
        expect(html).not.toContain('{{')
        expect(html).not.toMatch(/<[^>]*(?:onerror|v-html)/)
        expect(parse(`<template><article>${html}</article></template>`).errors).toEqual([])
      }),
    )
  })
})
