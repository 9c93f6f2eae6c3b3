/** The parts of the page that change by themselves. */
import { callbackTypes } from '#shared/protocol/callbacks.ts'
import { methodFacts, methodNames } from '#shared/protocol/methods.ts'
import type { Delivery } from '../deliveries.ts'
import { noFaults } from '../faults.ts'
import type { CallRecord } from '../journal.ts'
import type { Robot } from '../model.ts'
import type { Platform } from '../platform.ts'
import { isOnline } from '../world.ts'
import { haste } from './haste.ts'
import { html, type Html } from './html.ts'
import { allPhones, loginRules, waitingPhones } from './phones.ts'
import { texts, type PageLanguage, type Texts } from './texts.ts'
import { newestFirst, stateSign, type View } from './view.ts'

/** The sections of each page. */
export const pages = {
  control: ['robots', 'waiting', 'write', 'haste', 'faults', 'calls', 'callbacks'],
  phone: ['phones', 'rules'],
} as const
export type PageName = keyof typeof pages
export type SectionName = (typeof pages)[PageName][number]

const sections: Readonly<Record<SectionName, (view: View, text: Texts) => Html>> = {
  robots,
  waiting: waitingPhones,
  phones: allPhones,
  rules: loginRules,
  write,
  haste,
  faults,
  calls,
  callbacks,
}

export function section(name: SectionName, view: View): Html {
  return sections[name](view, texts[view.language])
}

const stateButtons = [
  ['online', 'setOnline', 'reasonOnline'],
  ['offline', 'setOffline', 'reasonOffline'],
  ['limited', 'setLimited', 'reasonLimited'],
  ['banned', 'setBanned', 'reasonBanned'],
] as const

function robots({ platform }: View, text: Texts): Html {
  const { liveliness } = platform.settings
  const all = newestFirst(platform)
  return html`<header>
      <h2>${text.robots}</h2>
      <form method="post" action="/page/liveliness" class="segments">
        <span>${text.people}</span>
        ${(['off', 'calm', 'busy'] as const).map(
          (mode) =>
            html`<button name="liveliness" value="${mode}" aria-pressed="${String(mode === liveliness)}">
              ${text[mode]}
            </button>`,
        )}
      </form>
    </header>
    ${all.length === 0 && html`<p class="empty">${text.noRobots}</p>`} ${all.map((robot) => robotCard(robot, text))}`
}

function robotCard(robot: Robot, text: Texts): Html {
  return html`<article class="robot">
    <div class="line">
      <strong>${robot.name}</strong>
      ${stateSign(robot.state, text)}
    </div>
    <p class="mono">${robot.serialNo}${robot.reason !== '' && html` · <span>${robot.reason}</span>`}</p>
    <p class="mono" title="${text.account}">${robot.username} / ${robot.password}</p>
    <form method="post" action="/page/robot" class="buttons">
      <input type="hidden" name="serialNo" value="${robot.serialNo}" />
      ${stateButtons.map(
        ([state, label]) =>
          html`<button name="state" value="${state}" ${disabledIf(robot.state === state)}>${text[label]}</button>`,
      )}
    </form>
  </article>`
}

function disabledIf(disabled: boolean): Html | false {
  return disabled && html`disabled`
}

function write({ platform }: View, text: Texts): Html {
  const online = newestFirst(platform).filter(isOnline)
  if (online.length === 0)
    return html`<header><h2>${text.write}</h2></header>
      <p class="empty">${text.onlyOnline}</p>`
  return html`<header><h2>${text.write}</h2></header>
    <form method="post" action="/page/say" class="fields">
      <label>
        <span>${text.who}</span>
        <select name="who">
          ${online.map((robot) => html`<optgroup label="${robot.name}">${peers(robot, text)}</optgroup>`)}
        </select>
      </label>
      <label><span>${text.text}</span><textarea name="text" rows="2" maxlength="5000"></textarea></label>
      <div class="buttons">
        <button name="kind" value="text" class="main">${text.send}</button>
        <button name="kind" value="picture">${text.sendPicture}</button>
      </div>
    </form>`
}

function peers(robot: Robot, text: Texts): Html[] {
  const friends = robot.people.filter((person) => person.friend)
  const groups = robot.groups.filter((group) => !group.left && group.members.length > 1)
  return [
    ...friends.map(
      ({ userId, name }) => html`<option value="${robot.serialNo}/${userId}">${name} → ${robot.name}</option>`,
    ),
    ...groups.map(
      ({ groupId, name }) =>
        html`<option value="${robot.serialNo}//${groupId}">${text.inGroup}${name} → ${robot.name}</option>`,
    ),
  ]
}

const countedFaults = ['latencyMs', 'failRate', 'dropAnswer', 'garbage', 'repeatCallbacks', 'delayCallbacksMs'] as const
const switchedFaults = ['reorderCallbacks', 'callbackBeforeAnswer'] as const

function faults({ platform }: View, text: Texts): Html {
  const now = platform.faults
  const active = JSON.stringify(now) !== JSON.stringify(noFaults())
  const echoes = [
    ['on', text.echoOn],
    ['off', text.echoOff],
    ['without-serial', text.echoWithout],
  ] as const
  const count = (name: string, label: string, value: number): Html =>
    html`<label><span>${label}</span><input name="${name}" type="number" min="0" step="any" value="${value}" /></label>`
  return html`<header>
      <h2>${text.faults}</h2>
      ${active && html`<span class="state limited">● ${text.active}</span>`}
    </header>
    <form method="post" action="/page/faults" class="grid">
      ${countedFaults.map((name) => count(name, text[name], now[name]))}
      ${count('status503', text.status503, now.httpStatus?.times ?? 0)}
      <label>
        <span>${text.echo}</span>
        <select name="echo">
          ${echoes.map(
            ([value, label]) =>
              html`<option value="${value}" ${now.echo === value && html`selected`}>${label}</option>`,
          )}
        </select>
      </label>
      ${switchedFaults.map(
        (name) =>
          html`<label class="check">
            <input type="checkbox" name="${name}" ${now[name] && html`checked`} /><span>${text[name]}</span>
          </label>`,
      )}
      <div class="buttons">
        <button name="do" value="apply" class="main">${text.apply}</button>
        <button name="do" value="reset">${text.reset}</button>
      </div>
    </form>`
}

function calls({ platform, journal, language }: View, text: Texts): Html {
  const newest = journal.after(0, 40).toReversed()
  return html`<header><h2>${text.calls}</h2></header>
    ${newest.length === 0 && html`<p class="empty">${text.noCalls}</p>`}
    ${newest.map((call) => callRow(platform, call, language, text))}`
}

function callRow(platform: Platform, call: CallRecord, language: PageLanguage, text: Texts): Html {
  const short = call.method.split('.').at(-1) ?? ''
  const known = methodNames.find((name) => name === short)
  const outcome = call.fault ?? (call.accepted ? text.accepted : `${text.refused} ${call.code}`)
  return html`<details data-key="call-${call.seq}">
    <summary>
      <time>${clock(call.at)}</time><span class="what">${known ? methodFacts[known][language] : call.method}</span
      ><span class="who">${platform.world.robot(call.robotSerialNo)?.name ?? ''}</span
      ><span class="state ${call.fault === null && call.accepted ? 'online' : call.fault ? 'limited' : 'banned'}"
        >${outcome}</span
      >
    </summary>
    <pre>
${call.method}
${call.message === '' ? '' : `${call.code} ${call.message}\n`}vcSerialNo ${call.vcSerialNo}
${call.data}</pre>
  </details>`
}

function callbacks({ platform, language }: View, text: Texts): Html {
  const newest = platform.deliveries.log(0, 40).toReversed()
  return html`<header><h2>${text.callbacks}</h2></header>
    ${newest.length === 0 && html`<p class="empty">${text.noCallbacks}</p>`}
    ${newest.map((delivery) => callbackRow(platform, delivery, language, text))}`
}

/** Callback types that the platform's document does not have. */
const beyondDocument: Readonly<Record<number, (text: Texts) => string>> = {
  1025: (text) => text.qrCode,
  1026: (text) => text.loginProgress,
}

function callbackRow(platform: Platform, delivery: Delivery, language: PageLanguage, text: Texts): Html {
  const { type, doneAt, attemptCount } = delivery
  const facts = Object.entries(callbackTypes).find(([number]) => number === String(type))?.[1]
  const last = delivery.attempts.at(-1)
  const [state, word] =
    doneAt !== null
      ? ['online', text.delivered]
      : attemptCount > 0
        ? ['banned', `${text.retrying} (${attemptCount})`]
        : ['limited', text.waiting]
  return html`<details data-key="callback-${delivery.seq}">
    <summary>
      <time>${clock(delivery.createdAt)}</time
      ><span class="what">${type ?? '—'} ${facts?.[language] ?? beyondDocument[type ?? 0]?.(text) ?? ''}</span
      ><span class="who">${platform.world.robot(delivery.robotSerialNo)?.name ?? ''}</span
      ><span class="state ${state}">${word}</span>
    </summary>
    <pre>
${attemptCount} ${text.attempts}${last ? ` · ${last.status ?? text.noAnswer} ${last.answer}` : ''}
${delivery.body.slice(0, 4000)}</pre>
  </details>`
}

/** The time of day where the sandbox runs, which is where it is looked at. */
function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}
