/** `/enter`: the one-time link, and the small page for those whose link is used up. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { cookieName } from './access.ts'
import { addressOf, type Door } from './door.ts'
import { isOwnOrigin, signInHeaders } from './guard.ts'
import { sessionLife } from './sessions.ts'

/* Plain on purpose: it must show when nothing else does. Both languages, since nobody is signed in to have one. */
const page = (zh: string, en: string): string => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Switchboard 总机</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 34em; margin: 12vh auto; padding: 0 1.5em }
label { display: block; margin: 2em 0 .4em }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .4em .6em }
button { font: inherit; margin-top: .8em; padding: .3em 1.4em }
</style>
</head>
<body>
<h1>Switchboard 总机</h1>
<p>${zh}</p>
<p lang="en">${en}</p>
<form method="post" action="/enter">
<label for="token">令牌 <span lang="en">Token</span></label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>登录 <span lang="en">Sign in</span></button>
</form>
</body>
</html>
`

const pages = {
  anonymous: page('请用令牌登录。', 'Sign in with the token.'),
  refused: page(
    '登录链接已使用过，或者链接、令牌不正确。请用启动时给出的令牌登录，或重启总机以获得新链接。',
    'The sign-in link was used already, or link or token are wrong. Sign in with the token that the host gave when it started, or restart Switchboard for a new link.',
  ),
  blocked: page('尝试过于频繁，请一分钟后再试。', 'Too many attempts. Try again in a minute.'),
}
const statuses = { anonymous: 200, refused: 401, blocked: 429 }

const show = (reply: FastifyReply, which: keyof typeof pages): FastifyReply =>
  reply
    .code(statuses[which])
    .headers(which === 'blocked' ? { ...signInHeaders, 'retry-after': '60' } : signInHeaders)
    .type('text/html; charset=utf-8')
    .send(pages[which])

const formBody = z.object({ token: z.string().max(1024) })

/** Adds `GET /enter` and `POST /enter`. */
export function addSignIn(app: FastifyInstance, door: () => Door): void {
  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { access, site, port } = door()
    const secret = await access.sessions.start(addressOf(door(), request.raw), request.headers['user-agent'] ?? '')
    return reply
      .setCookie(cookieName(port), secret, {
        httpOnly: true,
        sameSite: 'strict',
        secure: site.isSecure,
        path: '/',
        maxAge: sessionLife.mostMs / 1000,
      })
      .header('cache-control', 'no-store')
      .redirect('/', 303)
  }

  app.get<{ Querystring: Record<string, unknown> }>('/enter', async (request, reply) => {
    const { access, port } = door()
    // The same link opened again in the browser that used it: it is signed in, and nothing was tried.
    if (access.sessionOf(request.headers, port)) return reply.redirect('/', 303)
    const { code } = request.query
    if (typeof code !== 'string') return show(reply, 'anonymous')
    const admission = access.byCode(code, addressOf(door(), request.raw))
    return admission === 'admitted' ? admit(request, reply) : show(reply, admission)
  })

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4096 },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    },
  )
  app.post('/enter', async (request, reply) => {
    const { access, site } = door()
    const form = formBody.safeParse(request.body)
    if (!form.success || !isOwnOrigin(request.headers, false, site)) return show(reply, 'refused')
    const admission = access.byToken(form.data.token, addressOf(door(), request.raw))
    return admission === 'admitted' ? admit(request, reply) : show(reply, admission)
  })
}
