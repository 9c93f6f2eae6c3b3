/** The two pages: the control page, and the phones. */
import { html, type Html } from './html.ts'
import { section, type PageName, type SectionName } from './sections.ts'
import { texts, type Texts } from './texts.ts'
import type { View } from './view.ts'

type Column = readonly [name: string, sections: readonly SectionName[]]

const columns: Readonly<Record<PageName, readonly Column[]>> = {
  control: [
    ['left', ['robots', 'waiting']],
    ['middle', ['write', 'haste', 'faults']],
    ['right', ['calls', 'callbacks']],
  ],
  phone: [
    ['desk', ['phones']],
    ['aside', ['rules']],
  ],
}
const paths: Readonly<Record<PageName, string>> = { control: '/', phone: '/phone' }

const live = (name: SectionName, view: View): Html =>
  html`<section data-live="${name}" ${name === 'phones' && html`class="bare"`}>${section(name, view)}</section>`

/** How a log-in goes, for whoever does it for the first time. */
const howTo = (text: Texts): Html =>
  html`<section>
    <header><h2>${text.howTitle}</h2></header>
    <ol>
      ${[text.how1, text.how2, text.how3, text.how4].map((line) => html`<li>${line}</li>`)}
    </ol>
  </section>`

export function renderPage(view: View, page: PageName): string {
  const text = texts[view.language]
  const title = page === 'phone' ? text.phoneTitle : text.title
  const other = page === 'phone' ? 'control' : 'phone'
  return html`<!doctype html>
    <html lang="${view.language === 'zh' ? 'zh-CN' : 'en'}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/page/icon.svg" />
        <link rel="stylesheet" href="/page/style.css" />
        <script src="/page/script.js" defer></script>
      </head>
      <body data-page="${page}">
        <div class="top">
          <h1>${title}</h1>
          <p>${page === 'phone' ? text.phoneLead : text.lead}</p>
          <a href="${paths[other]}?lang=${view.language === 'zh' ? 'zh-CN' : 'en'}">
            ${other === 'phone' ? text.toPhones : text.toControl}
          </a>
          <a href="${paths[page]}?lang=${view.language === 'zh' ? 'en' : 'zh-CN'}">${text.other}</a>
        </div>
        <p id="notice" role="status" data-failed="${text.failed}" data-lost="${text.lost}" hidden></p>
        <main class="${page}">
          ${columns[page].map(
            ([name, names]) =>
              html`<div class="${name}">
                ${name === 'aside' && howTo(text)} ${names.map((one) => live(one, view))}
              </div>`,
          )}
        </main>
      </body>
    </html>`.text
}

/** What a browser sees that was not signed in. */
export function renderSignIn(language: View['language']): string {
  const text = texts[language]
  return html`<!doctype html>
    <meta charset="utf-8" />
    <title>${text.title}</title>
    <link rel="icon" href="/page/icon.svg" />
    <link rel="stylesheet" href="/page/style.css" />
    <div class="alone">
      <h1>${text.title}</h1>
      <p>${text.signIn}</p>
    </div>`.text
}
