/** Style, script and icon of the page, kept as text: they travel with the bundle, wherever it is put. */

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6f6a"/><path d="M8 21h16M8 21l3-9h10l3 9M13 12V8h6v4" fill="none" stroke="#fff" stroke-width="2.2" stroke-linejoin="round" stroke-linecap="round"/></svg>`

export const style = `
:root{--bg:#f3f5f7;--panel:#fff;--sunken:#f8f9fb;--line:#e4e8ec;--text:#1b232c;--text-2:#5a6775;--accent:#0b6f6a;--accent-soft:#e2f2f0;--accent-ink:#fff;--ok:#16833f;--warn:#a15c00;--bad:#c4302b}
@media (prefers-color-scheme:dark){:root{--bg:#101418;--panel:#171c21;--sunken:#13181c;--line:#29313a;--text:#e3e8ed;--text-2:#a3afbb;--accent:#4fbfb4;--accent-soft:#15322f;--accent-ink:#06201e;--ok:#5fcb86;--warn:#e6ac52;--bad:#f0807a}}
*{box-sizing:border-box;margin:0}
html,body{height:100%}
body{display:flex;flex-direction:column;background:var(--bg);color:var(--text);font:13px/1.5 "Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei UI",system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:15px;font-weight:600}h2{font-size:14px;font-weight:600}
.top{display:flex;align-items:center;gap:12px;height:52px;padding:0 20px;background:var(--panel);border-bottom:1px solid var(--line);flex:none}
.top p{flex:1;color:var(--text-2);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
a{color:var(--accent)}
#notice{padding:8px 20px;color:var(--bad);background:var(--panel);border-bottom:1px solid var(--line)}
main{flex:1;min-height:0;display:grid;grid-template-columns:minmax(270px,1fr) minmax(270px,1fr) minmax(340px,1.5fr);gap:12px;padding:12px}
main>div{min-height:0;overflow:auto;display:flex;flex-direction:column;gap:12px}
.right section{flex:1 1 0;min-height:180px;overflow:auto}
section{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:12px;flex:none}
section:empty{display:none}
section>header{display:flex;align-items:center;justify-content:space-between;gap:8px;margin-bottom:8px}
.empty,.mono,time,.who{color:var(--text-2)}
.mono,pre{font-family:"Noto Sans Mono","Cascadia Mono",Menlo,monospace;font-size:12px}
p.mono{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.robot{padding:10px 0;border-top:1px solid var(--line)}
section.bare{background:none;border:0;padding:0}
main.phone{grid-template-columns:minmax(0,1fr) 320px;align-items:start}
.aside ol{padding-inline-start:20px;display:grid;gap:6px}
.phones{display:grid;grid-template-columns:repeat(auto-fill,minmax(236px,1fr));gap:16px}
article.phone header{padding:14px 16px 8px}
article.phone{display:flex;flex-direction:column;max-width:300px;min-height:360px;border:6px solid var(--line);border-radius:26px;background:var(--panel);overflow:hidden}
article.rings{border-color:var(--accent)}
.screen{flex:1;display:flex;flex-direction:column;align-items:center;justify-content:center;gap:8px;padding:8px 16px 16px;text-align:center}
.screen img{border-radius:8px;background:#fff}
.screen button.main{width:100%;min-height:36px;font-size:13px}
.screen .code{text-align:center;font-size:20px;letter-spacing:6px}
.screen details{width:100%;border:0}.screen summary{display:block;padding:0;font-size:12px;color:var(--text-2);text-decoration:underline}
.screen dl{display:grid;grid-template-columns:auto 1fr;gap:2px 10px;text-align:start;font-size:12px}
.screen dt{color:var(--text-2)}.screen dd{margin:0;user-select:all}
.tiny{font-size:11px}
.line{display:flex;align-items:center;gap:8px;justify-content:space-between}
.state{font-size:12px;white-space:nowrap;color:var(--text-2)}
.state.online{color:var(--ok)}.state.limited{color:var(--warn)}.state.banned{color:var(--bad)}
.buttons,.segments{display:flex;gap:6px;flex-wrap:wrap;margin-top:6px;align-items:center}
.segments{margin:0;flex-wrap:nowrap;gap:4px;color:var(--text-2);font-size:12px}
button,input,select,textarea{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:4px 9px;min-height:30px}
input,select,textarea{background:var(--sunken);width:100%;padding:4px 8px;resize:vertical}
button{cursor:pointer;font-size:12px;white-space:nowrap}
button:hover:enabled{border-color:var(--accent)}
button:disabled,button[aria-pressed=true]{background:var(--accent-soft);color:var(--accent);border-color:transparent;cursor:default}
button.main{background:var(--accent);color:var(--accent-ink);border-color:transparent}
.segments button{min-height:26px;padding:2px 6px}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
label>span{display:block;font-size:12px;color:var(--text-2)}
.fields{display:grid;gap:8px}
.grid{display:grid;grid-template-columns:1fr 1fr;gap:8px;align-items:end}.grid .buttons{grid-column:1/-1}
.check{display:flex;align-items:center;gap:6px}.check input{width:auto;min-height:0}
details{border-top:1px solid var(--line)}
summary{display:flex;gap:10px;padding:6px 0;cursor:pointer;list-style:none;align-items:baseline}
summary::-webkit-details-marker{display:none}
time{font-size:11px}.what{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.who{max-width:130px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:12px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--sunken);border-radius:8px;padding:8px;margin-bottom:8px}
.alone{margin:auto;text-align:center;display:grid;gap:8px}
@media (max-width:900px){main{grid-template-columns:1fr}main>div{overflow:visible}html,body{height:auto}.right section{max-height:420px}}
`

/** Sends the forms without leaving the page, and brings the sections up to date; what is being edited stays. */
export const script = `
'use strict'
const notice = document.getElementById('notice')
const shown = new Map()
const say = (text) => { notice.textContent = text; notice.hidden = text === '' }
const isEdited = (section) =>
  !section.querySelector('[data-keep]') &&
  (  section.dataset.edited === 'yes' || (section.contains(document.activeElement) && document.activeElement.matches('input, select, textarea')))

const update = async () => {
  const response = await fetch('/page/live?page=' + document.body.dataset.page + '&lang=' + document.documentElement.lang)
  if (response.status === 401) { location.reload(); return }
  for (const [name, html] of Object.entries(await response.json())) {
    const section = document.querySelector('[data-live="' + name + '"]')
    if (!section || shown.get(name) === html || isEdited(section)) continue
    const open = new Set([...section.querySelectorAll('details[open]')].map((one) => one.dataset.key))
    const focused = section.contains(document.activeElement) ? document.activeElement.value : null
    const typed = new Map([...section.querySelectorAll('[data-keep]')].map((field) => [field.dataset.keep, field.value]))
    const typing = section.contains(document.activeElement) ? document.activeElement.dataset.keep : undefined
    section.innerHTML = html
    for (const field of section.querySelectorAll('[data-keep]')) {
      field.value = typed.get(field.dataset.keep) ?? ''
      if (field.dataset.keep === typing) field.focus()
    }
    countDown()
    for (const one of section.querySelectorAll('details')) one.open = open.has(one.dataset.key)
    if (focused) [...section.querySelectorAll('button')].find((button) => button.value === focused)?.focus()
    shown.set(name, html)
  }
}
const countDown = () => {
  for (const one of document.querySelectorAll('[data-until]')) {
    const seconds = Math.max(0, Math.ceil((Number(one.dataset.until) - Date.now()) / 1000))
    one.textContent = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0')
  }
}
setInterval(countDown, 500)
const tick = async () => {
  try {
    if (document.visibilityState === 'visible') await update()
    if (notice.dataset.kind === 'lost') { notice.dataset.kind = ''; say('') }
  } catch {
    notice.dataset.kind = 'lost'
    say(notice.dataset.lost)
  }
  setTimeout(tick, 1200)
}

document.addEventListener('input', (event) => {
  const section = event.target.closest('section')
  if (section) section.dataset.edited = 'yes'
})
document.addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = event.target
  const section = form.closest('section')
  const body = new URLSearchParams(new FormData(form, event.submitter))
  for (const field of form.querySelectorAll('[data-keep]')) field.value = ''
  try {
    const response = await fetch(form.getAttribute('action') + '?lang=' + document.documentElement.lang, { method: 'POST', body, headers: { accept: 'application/json' } })
    const answer = await response.json()
    say(response.ok ? '' : notice.dataset.failed + answer.error.message)
    if (response.ok) {
      section.dataset.edited = ''
      for (const field of form.querySelectorAll('textarea')) field.value = ''
      // Whoever stays in the field goes on writing; elsewhere the section may be drawn afresh.
      if (!document.activeElement.matches('textarea')) document.activeElement.blur()
    }
    await update()
  } catch {
    say(notice.dataset.lost)
  }
})
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !event.target.matches('textarea, [data-keep]')) return
  event.preventDefault()
  event.target.form.requestSubmit(event.target.form.querySelector('button.main'))
})
tick()
`
