/** `POST /api/<entry>`: the contract for scripts, one JSON object in, one answer out (DESIGN §7). */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeFailure, errorTexts, type Failure } from '#shared/contract/errors.ts'
import type { Engine, Logger } from '#engine/types.ts'
import { type Access, cookieName, readCookie } from './access.ts'
import { isOwnOrigin, preferredLocale } from './guard.ts'

/** Answers with a failure in the caller's language, under the status of its code or another that fits better. */
export function refuse(request: FastifyRequest, reply: FastifyReply, failure: Failure, status?: number): FastifyReply {
  const error = describeFailure(failure, preferredLocale(request.headers['accept-language']))
  return reply
    .code(status ?? errorTexts[failure.code].status)
    .header('cache-control', 'no-store')
    .send({ ok: false, error })
}

/* Signed in by either means; the cookie only with a page of our own behind it. */
function judge(request: FastifyRequest, access: Access, port: number): Failure | null {
  const byHeader = access.byHeader(request.headers.authorization)
  if (byHeader === 'admitted') return null
  if (byHeader === 'blocked') return { code: 'too-many-requests' }
  if (byHeader === 'refused') return { code: 'unauthorized' }
  if (!access.isSession(readCookie(request.headers, cookieName(port)))) return { code: 'unauthorized' }
  return isOwnOrigin(request.headers, true) ? null : { code: 'forbidden' }
}

/** Adds `POST /api/<entry>`. */
export function addApi(app: FastifyInstance, engine: Engine, access: Access, port: () => number): void {
  app.post<{ Params: { entry: string } }>(
    '/api/:entry',
    {
      // Before the body is read: who may not ask shall not make us read.
      onRequest: async (request, reply) => {
        const failure = judge(request, access, port())
        if (failure) await refuse(request, reply, failure)
      },
    },
    async (request, reply) => {
      const locale = preferredLocale(request.headers['accept-language'])
      const answer = await engine.call(request.params.entry, request.body ?? {}, { locale })
      return reply
        .code(answer.ok ? 200 : errorTexts[answer.error.code].status)
        .header('cache-control', 'no-store')
        .send(answer)
    },
  )
}

/** Puts what Fastify itself refuses, and what nobody foresaw, into the contract's form. */
export function addErrorHandler(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) {
      log.error({ err: error, method: request.method }, 'a request failed')
      return refuse(request, reply, { code: 'internal' })
    }
    const problem =
      status === 413
        ? 'is larger than 1 MiB'
        : status === 415
          ? 'must be JSON, with Content-Type: application/json'
          : 'is no readable JSON'
    return refuse(request, reply, { code: 'invalid-input', params: { field: 'body', problem } }, status)
  })
}
