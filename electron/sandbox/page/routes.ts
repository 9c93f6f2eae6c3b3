/** The control page: everything that a person rather than a program tells the sandbox. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { faultsChange, noFaults } from '../faults.ts'
import { cookieName, isForeign, isSameSecret, refuse, tokenOf } from '../guard.ts'
import type { Journal } from '../journal.ts'
import { limitedFunctions } from '../methods/call.ts'
import { actOnPhone } from '../logins.ts'
import { pictureCount } from '../pictures.ts'
import type { Platform } from '../platform.ts'
import { sayAs } from '../say.ts'
import { icon, script, style } from './assets.ts'
import { setHaste } from './haste.ts'
import { renderPage, renderSignIn } from './page.ts'
import { pages, section, type PageName } from './sections.ts'
import { languageOf, phoneProblems, texts } from './texts.ts'
import type { View } from './view.ts'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const robotForm = z.object({ serialNo: z.string(), state: z.enum(['online', 'offline', 'banned', 'limited']) })
const phoneForm = z.object({
  serialNo: z.string(),
  action: z.enum(['scan', 'confirm', 'refuse', 'expire', 'code']),
  code: z.string().optional(),
})
const loginForm = z.object({
  qrForm: z.enum(['text', 'image', 'link']),
  seconds: z.coerce.number().int().min(1).max(3600),
  loginCode: z.literal('on').optional(),
  loginNews: z.literal('on').optional(),
})
const sayForm = z.object({ who: z.string(), kind: z.enum(['text', 'picture']).default('text'), text: z.string() })
const livelinessForm = z.object({ liveliness: z.enum(['off', 'calm', 'busy']) })

type Action = (platform: Platform, form: Record<string, string>, view: View) => string | null

/** What the forms do: each answers null, or why it could not be done. */
const actions: Readonly<Record<string, Action>> = {
  robot: (platform, form, { language }) => {
    const { serialNo, state } = robotForm.parse(form)
    const text = texts[language]
    const reasons = {
      online: text.reasonOnline,
      offline: text.reasonOffline,
      banned: text.reasonBanned,
      limited: text.reasonLimited,
    }
    const robot = platform.world.robot(serialNo)
    if (!robot) return 'there is no such robot'
    platform.setState(robot, state, reasons[state], [{ code: limitedFunctions.messages, text: text.limitText }])
    return null
  },
  phone: (platform, form, { language }) => {
    const { serialNo, action, code } = phoneForm.parse(form)
    const robot = platform.world.robot(serialNo)
    const problem = robot ? actOnPhone(platform, robot, action, code?.trim()) : 'there is no such robot'
    return problem === null ? null : (phoneProblems[language][problem] ?? problem)
  },
  login: (platform, form) => {
    const { qrForm, seconds, loginCode, loginNews } = loginForm.parse(form)
    const changes = { qrForm, loginExpiresMs: seconds * 1000, loginCode: !!loginCode, loginNews: !!loginNews }
    platform.world.state.settings = { ...platform.settings, ...changes }
    platform.world.touch()
    platform.onSettings()
    return null
  },
  say: (platform, form) => {
    const { who, kind, text } = sayForm.parse(form)
    const [robotSerialNo = '', friendId = '', groupId] = who.split('/')
    const robot = platform.world.robot(robotSerialNo)
    const group = robot?.groups.find((known) => known.groupId === groupId)
    const others = group?.members.filter(({ userId }) => userId !== robot?.userId) ?? []
    const userId = groupId === undefined ? friendId : (platform.random.pick(others)?.userId ?? '')
    const what =
      kind === 'text'
        ? { text: text.trim() }
        : { pictureUrl: `${platform.url}/pictures/${platform.random.between(1, pictureCount)}.png` }
    if (what.text === '') return 'there is nothing to say'
    return sayAs(platform, { robotSerialNo, userId, groupId, ...what, times: 1, serialNo: '' })
  },
  liveliness: (platform, form) => {
    platform.world.state.settings = { ...platform.settings, ...livelinessForm.parse(form) }
    platform.world.touch()
    platform.onSettings()
    return null
  },
  haste: (platform, form) => {
    setHaste(platform, form)
    return null
  },
  faults: (platform, form) => {
    if (form.do === 'reset') {
      platform.faults = noFaults()
      return null
    }
    const number = (name: string): number => Number(form[name] ?? 0)
    const times = number('status503')
    Object.assign(
      platform.faults,
      faultsChange.parse({
        latencyMs: number('latencyMs'),
        failRate: number('failRate'),
        dropAnswer: number('dropAnswer'),
        garbage: number('garbage'),
        repeatCallbacks: number('repeatCallbacks'),
        delayCallbacksMs: number('delayCallbacksMs'),
        reorderCallbacks: form.reorderCallbacks !== undefined,
        callbackBeforeAnswer: form.callbackBeforeAnswer !== undefined,
        httpStatus: times > 0 ? { status: 503, times } : null,
        echo: form.echo,
      }),
    )
    return null
  },
}

/** Adds `/` and `/page`. */
export function addPage(app: FastifyInstance, platform: Platform, journal: Journal, port: () => number): void {
  const isKnown = (request: FastifyRequest): boolean =>
    !isForeign(request, port()) && isSameSecret(tokenOf(request, port()), platform.world.state.adminToken)
  const viewOf = (request: FastifyRequest): View => {
    const { lang } = request.query as { lang?: string }
    return { platform, journal, language: languageOf(lang, request.headers['accept-language']) }
  }
  const sendPage = async (reply: FastifyReply, status: number, page: string): Promise<FastifyReply> =>
    await reply.code(status).type('text/html; charset=utf-8').send(page)

  app.addHook('onSend', async (_request, reply) => {
    void reply.headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store')
  })

  const serve = (path: string, page: PageName): void => {
    app.get(path, async (request, reply) => {
      const view = viewOf(request)
      const { token, lang } = request.query as { token?: string; lang?: string }
      if (token !== undefined && !isForeign(request, port()) && isSameSecret(token, platform.world.state.adminToken)) {
        const cookie = `${cookieName(port())}=${token}; Path=/; HttpOnly; SameSite=Strict`
        // The secret leaves the address line, and the history with it.
        return await reply
          .header('set-cookie', cookie)
          .redirect(lang === undefined ? path : `${path}?lang=${view.language}`)
      }
      if (!isKnown(request)) return await sendPage(reply, 401, renderSignIn(view.language))
      return await sendPage(reply, 200, renderPage(view, page))
    })
  }
  serve('/', 'control')
  serve('/phone', 'phone')
  const assets = [
    ['style.css', 'text/css', style],
    ['script.js', 'text/javascript', script],
    ['icon.svg', 'image/svg+xml', icon],
  ] as const
  for (const [name, type, content] of assets)
    app.get(`/page/${name}`, async (_request, reply) => await reply.type(`${type}; charset=utf-8`).send(content))

  app.get('/page/live', async (request, reply) => {
    if (!isKnown(request)) return await refuse(reply, 401, 'unauthorized', 'sign in with the link')
    const view = viewOf(request)
    const names = pages[(request.query as { page?: string }).page === 'phone' ? 'phone' : 'control']
    return Object.fromEntries(names.map((name) => [name, section(name, view).text]))
  })
  app.post('/page/:action', async (request, reply) => {
    if (!isKnown(request)) return await refuse(reply, 401, 'unauthorized', 'sign in with the link')
    const name = (request.params as { action: string }).action
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) return await refuse(reply, 404, 'not-found', 'there is no such action')
    const form = Object.fromEntries(new URLSearchParams(typeof request.body === 'string' ? request.body : ''))
    const problem = action(platform, form, viewOf(request))
    if (problem !== null) return await refuse(reply, 409, 'conflict', problem)
    return request.headers.accept === 'application/json'
      ? {}
      : await reply.redirect(name === 'phone' || name === 'login' ? '/phone' : '/', 303)
  })
}
