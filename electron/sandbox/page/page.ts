/** The whole page. */
import { html } from './html.ts'
import { section, type SectionName, type View } from './sections.ts'
import { texts } from './texts.ts'

const columns: readonly (readonly [name: string, sections: readonly SectionName[]])[] = [
  ['left', ['robots', 'phones']],
  ['middle', ['write', 'faults']],
  ['right', ['calls', 'callbacks']],
]

export function renderPage(view: View): string {
  const text = texts[view.language]
  return html`<!doctype html>
    <html lang="${view.language === 'zh' ? 'zh-CN' : 'en'}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${text.title}</title>
        <link rel="icon" href="/page/icon.svg" />
        <link rel="stylesheet" href="/page/style.css" />
        <script src="/page/script.js" defer></script>
      </head>
      <body>
        <div class="top">
          <h1>${text.title}</h1>
          <p>${text.lead}</p>
          <a href="/?lang=${view.language === 'zh' ? 'en' : 'zh-CN'}">${text.other}</a>
        </div>
        <p id="notice" role="status" data-failed="${text.failed}" data-lost="${text.lost}" hidden></p>
        <main>
          ${columns.map(
            ([name, names]) =>
              html`<div class="${name}">
                ${names.map((section_) => html`<section data-live="${section_}">${section(section_, view)}</section>`)}
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
