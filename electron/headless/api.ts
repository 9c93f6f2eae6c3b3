/** `POST /api/<entry>`: the contract for scripts, one JSON object in, one answer out (DESIGN §7). */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeFailure, errorTexts, type Failure } from '#shared/contract/errors.ts'
import type { Engine, Logger } from '#engine/types.ts'
import { type Door, type Entrant, judge, signInsFor } from './door.ts'
import { preferredLocale } from './guard.ts'

/** Answers with a failure in the caller's language, under the status of its code or another that fits better. */
export function refuse(request: FastifyRequest, reply: FastifyReply, failure: Failure, status?: number): FastifyReply {
  const error = describeFailure(failure, preferredLocale(request.headers['accept-language']))
  return reply
    .code(status ?? errorTexts[failure.code].status)
    .header('cache-control', 'no-store')
    .headers(failure.code === 'too-many-requests' ? { 'retry-after': '60' } : {})
    .send({ ok: false, error })
}

/* Who asks, kept from before the body is read until the entry is called. */
const entrants = new WeakMap<FastifyRequest, Entrant>()

/** Adds `POST /api/<entry>`. */
export function addApi(app: FastifyInstance, engine: Engine, door: () => Door): void {
  app.post<{ Params: { entry: string } }>(
    '/api/:entry',
    {
      // Before the body is read: who may not ask shall not make us read.
      onRequest: async (request, reply) => {
        const judged = judge(door(), request.raw, 'required')
        if ('code' in judged) await refuse(request, reply, judged)
        else entrants.set(request, judged)
      },
    },
    async (request, reply) => {
      const locale = preferredLocale(request.headers['accept-language'])
      const sessions = signInsFor(door(), entrants.get(request) ?? { session: null })
      const seat = entrants.get(request)?.session?.id
      const answer = await engine.call(request.params.entry, request.body ?? {}, {
        locale,
        sessions,
        ...(seat === undefined ? {} : { seat }),
      })
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
