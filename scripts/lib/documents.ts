/** Makes pages of the help of the Markdown in docs/, when the renderer is built: nothing of it is parsed at the operator's. */
import { Marked, type Tokens } from 'marked'
import { posix } from 'node:path'
import type { Plugin } from 'vite'

/** Where the help shows a document, by its path from `docs/`; the others of docs/ are for those who work on the project. */
export const helpPages: ReadonlyMap<string, string> = new Map([
  ['guide/en.md', 'guide'],
  ['guide/zh-CN.md', 'guide'],
  ['administrator.md', 'administrator'],
  ['deploy.md', 'deploy'],
  ['watch.md', 'watch'],
  ['security.md', 'security'],
  ['reliability.md', 'reliability'],
  ['../CHANGELOG.md', 'changelog'],
])

/**
 * A heading's words as a part of an address, as code hosts make it.
 *
 * @param text without marks of Markdown
 */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

/* The path of what a link names, from docs/. */
function resolveLink(from: string, href: string): string {
  const base = new URL(from, 'docs:/docs/')
  const { pathname } = new URL(href, base)
  return pathname.startsWith('/docs/') ? pathname.slice('/docs/'.length) : `..${pathname}`
}

/**
 * Where a link of a document leads in the help.
 *
 * @param from path of the document that has the link, from docs/
 * @returns an address of the application, a part of the same page, or an address outside; null where the help has no such page
 */
export function linkOf(from: string, href: string): string | null {
  if (/^[a-z]+:/i.test(href) || href.startsWith('#')) return href
  const [path = '', part] = href.split('#')
  const page = helpPages.get(resolveLink(from, path))
  return page === undefined ? null : `/help/${page}${part === undefined ? '' : `#${part}`}`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/**
 * A document as HTML that Vue takes for a template: without anything that Vue would read as its own.
 *
 * @param markdown of ours: HTML in it is not made harmless, but shown as text
 * @param from its path from docs/
 */
export function pageOf(markdown: string, from: string): string {
  const marked = new Marked({
    async: false,
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const words = this.parser.parseInline(tokens, this.parser.textRenderer)
        return `<h${depth} id="${escaped(slugOf(words))}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link({ href, tokens }: Tokens.Link) {
        const to = linkOf(from, href)
        const words = this.parser.parseInline(tokens)
        if (to === null) return words
        // The window goes nowhere else: an address outside is there to be copied.
        if (!/^[/#]/.test(to)) return words === escaped(to) ? words : `${words} (${escaped(to)})`
        return `<a href="${escaped(to)}">${words}</a>`
      },
      // Vite takes it for a file of ours, and not for a package, where its path says that it is relative.
      image: ({ href, text }: Tokens.Image) => `<img src="./${escaped(href)}" alt="${escaped(text)}" />`,
      html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
      // Wide ones scroll by themselves; what scrolls has to be reached by keyboard.
      table(token: Tokens.Table) {
        const row = (cells: Tokens.TableCell[], tag: string): string =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
        const body = token.rows.map((cells) => row(cells, 'td')).join('')
        return `<div class="wide" tabindex="0"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>\n`
      },
      code: ({ text }: Tokens.Code) => `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`,
    },
  })
  return String(marked.parse(markdown)).replaceAll('{{', '&#123;&#123;')
}

/** Lets the renderer import a Markdown file of ours as a component. Stands before Vue's own plugin, which has to take `.md`. */
export const documents = (docsFolder: string): Plugin => ({
  name: 'documents',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('.md')) return null
    // Vite's ids have slashes on every system.
    const from = posix.relative(docsFolder.replaceAll('\\', '/'), id)
    return { code: `<template><article>${pageOf(code, from)}</article></template>`, map: null }
  },
})
