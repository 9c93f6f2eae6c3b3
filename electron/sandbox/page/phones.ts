/** The phones on which the robots' log-ins are answered: one for each robot. */
import type { PendingLogin, Robot } from '../model.ts'
import type { Platform } from '../platform.ts'
import { html, type Html } from './html.ts'
import type { Texts } from './texts.ts'
import { newestFirst, stateSign, type View } from './view.ts'

/** On the control page: only the phones that are wanted. */
export function waitingPhones({ platform }: View, text: Texts): Html {
  const { logins } = platform.world.state
  if (logins.length === 0) return html``
  const robots = newestFirst(platform).filter((robot) => loginOf(platform, robot))
  return html`<header>
      <h2>${text.phones}</h2>
      <a href="/phone">${text.toPhones}</a>
    </header>
    <div class="phones">${robots.map((robot) => phone(platform, robot, text))}</div>`
}

/** On the page of its own: every robot's phone, those that ring first. */
export function allPhones({ platform }: View, text: Texts): Html {
  const robots = newestFirst(platform)
  if (robots.length === 0) return html`<p class="empty">${text.noRobots}</p>`
  const ringing = robots.filter((robot) => loginOf(platform, robot))
  const quiet = robots.filter((robot) => !loginOf(platform, robot))
  return html`<div class="phones">${[...ringing, ...quiet].map((robot) => phone(platform, robot, text))}</div>`
}

/** How log-ins go here, and what the next ones are like. */
export function loginRules({ platform: { settings } }: View, text: Texts): Html {
  const forms = [
    ['text', text.qrAsText],
    ['image', text.qrAsImage],
    ['link', text.qrAsLink],
  ] as const
  const times = [...new Set([20, 60, 120, 300, Math.round(settings.loginExpiresMs / 1000)])].sort((a, b) => a - b)
  const check = (name: 'loginCode' | 'loginNews'): Html =>
    html`<label class="check">
      <input type="checkbox" name="${name}" ${settings[name] && html`checked`} /><span>${text[name]}</span>
    </label>`
  return html`<header><h2>${text.nextLogin}</h2></header>
    <form method="post" action="/page/login" class="fields">
      <label>
        <span>${text.qrForm}</span>
        <select name="qrForm">
          ${forms.map(
            ([value, label]) =>
              html`<option value="${value}" ${settings.qrForm === value && html`selected`}>${label}</option>`,
          )}
        </select>
      </label>
      <label>
        <span>${text.expiresAfter}</span>
        <select name="seconds">
          ${times.map(
            (seconds) =>
              html`<option value="${seconds}" ${settings.loginExpiresMs === seconds * 1000 && html`selected`}>
                ${seconds} ${text.seconds}
              </option>`,
          )}
        </select>
      </label>
      ${check('loginCode')} ${check('loginNews')}
      <div class="buttons"><button class="main">${text.apply}</button></div>
    </form>`
}

const loginOf = (platform: Platform, robot: Robot): PendingLogin | undefined =>
  platform.world.state.logins.find((login) => login.robotSerialNo === robot.serialNo)

function phone(platform: Platform, robot: Robot, text: Texts): Html {
  const login = loginOf(platform, robot)
  return html`<article class="phone ${login ? 'rings' : ''}" aria-label="${text.phoneOf}${robot.name}">
    <header class="line">
      <strong dir="auto">${robot.name}</strong>
      ${stateSign(robot.state, text)}
    </header>
    ${login ? request(robot, login, text) : idle(robot, text)}
  </article>`
}

function idle(robot: Robot, text: Texts): Html {
  return html`<div class="screen">
    <p><strong>${text.quietTitle}</strong></p>
    <p class="empty">${text.quietText}</p>
    <dl>
      <dt>${text.username}</dt>
      <dd class="mono">${robot.username}</dd>
      <dt>${text.password}</dt>
      <dd class="mono">${robot.password}</dd>
    </dl>
  </div>`
}

/** Codes that may be typed wrong before the log-in fails (logins.ts). */
const triesAllowed = 3

function request(robot: Robot, login: PendingLogin, text: Texts): Html {
  const titles = { scan: text.scanTitle, confirm: text.confirmTitle, code: text.codeTitle }
  const lines = { scan: text.scanText, confirm: text.confirmText, code: text.codeText }
  return html`<form method="post" action="/page/phone" class="screen">
    <input type="hidden" name="serialNo" value="${robot.serialNo}" />
    ${
      login.step === 'scan' &&
      login.qrText !== null &&
      html`<img src="/qr/${login.id}.png" alt="${text.scanHint}" width="132" height="132" />`
    }
    <p><strong>${titles[login.step]}</strong></p>
    <p class="empty">${lines[login.step]}</p>
    ${login.step === 'code' && codeField(robot, login, text)}
    ${login.step === 'scan' && html`<button name="action" value="scan" class="main">${text.scan}</button>`}
    ${login.step === 'confirm' && html`<button name="action" value="confirm" class="main">${text.confirm}</button>`}
    <div class="buttons">
      <button name="action" value="refuse">${text.refuse}</button>
      <button name="action" value="expire">${text.expire}</button>
    </div>
    <p class="empty tiny">${text.endsIn} <b data-until="${login.expiresAt}"></b></p>
  </form>`
}

function codeField(robot: Robot, login: PendingLogin, text: Texts): Html {
  const tries = triesAllowed - login.wrongCodes
  return html`<input
      name="code"
      data-keep="${robot.serialNo}"
      class="code"
      inputmode="numeric"
      autocomplete="one-time-code"
      aria-label="${text.code}"
      maxlength="6"
    />
    ${login.wrongCodes > 0 && html`<p class="state banned" role="alert">${text.wrongCode} ${tries}</p>`}
    <button name="action" value="code" class="main">${text.enterCode}</button>
    <details data-key="code-${login.id}">
      <summary>${text.codeMissing}</summary>
      <p>${text.codeHint}<b class="mono">${login.code}</b></p>
    </details>`
}
