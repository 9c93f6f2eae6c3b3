/** The admin interface: registers merchants and tells the platform what to do. Described in docs/sandbox.md. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { faultsChange, noFaults } from './faults.ts'
import { isForeign, isSameSecret, refuse, tokenOf } from './guard.ts'
import type { Journal } from './journal.ts'
import { actOnPhone } from './logins.ts'
import type { Merchant, Robot } from './model.ts'
import type { Platform } from './platform.ts'
import { sayAs } from './say.ts'
import { settingsChange } from './settings.ts'
import { readPublicKey } from './signature.ts'

const timeZone = z.string().refine((zone) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}, 'is no time zone')
const publicKey = z
  .string()
  .max(20_000)
  .superRefine((text, context) => {
    try {
      readPublicKey(text)
    } catch (error) {
      context.addIssue(`cannot be read as an RSA public key: ${(error as Error).message}`)
    }
  })
const merchantFields = {
  publicKeyPem: publicKey,
  callbackUrl: z.url({ protocol: /^https?$/ }).max(2048),
  name: z.string().min(1).max(100),
  withdrawnMethods: z.boolean(),
  signTypeInString: z.boolean(),
  timeZone,
  timestampToleranceMs: z.number().int().min(1000),
  methodPrefix: z
    .string()
    .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/)
    .max(100),
}
const newMerchant = z.strictObject(merchantFields).partial().required({ publicKeyPem: true, callbackUrl: true })
const merchantChange = z.strictObject(merchantFields).partial()
const limit = z.strictObject({ code: z.number().int(), text: z.string().max(200) })
const robotChange = z.strictObject({
  state: z.enum(['online', 'offline', 'banned', 'limited']),
  reason: z.string().max(200).default(''),
  limits: z.array(limit).max(20).default([]),
})
const said = z
  .strictObject({
    robotSerialNo: z.string(),
    userId: z.string(),
    groupId: z.string().optional(),
    text: z.string().max(20_000).optional(),
    pictureUrl: z.string().max(4000).optional(),
    times: z.number().int().min(1).max(100_000).default(1),
    serialNo: z.string().max(100).default(''),
  })
  .refine(({ text, pictureUrl }) => (text === undefined) !== (pictureUrl === undefined), 'needs text or pictureUrl')
const anyCallback = z.strictObject({
  merchantNo: z.string(),
  body: z.unknown(),
  contentType: z.string().max(200).default('application/json; charset=utf-8'),
  robotSerialNo: z.string().default(''),
})
const phoneAction = z.strictObject({
  action: z.enum(['scan', 'confirm', 'refuse', 'expire', 'code']),
  code: z.string().max(20).optional(),
})
const since = z.object({
  since: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
})

/** Adds everything under `/admin`. */
export function addAdmin(app: FastifyInstance, platform: Platform, journal: Journal, port: () => number): void {
  const { world } = platform
  const robotOr404 = async (request: FastifyRequest, reply: FastifyReply): Promise<Robot | null> => {
    const robot = world.robot((request.params as { serialNo: string }).serialNo)
    if (!robot) await refuse(reply, 404, 'not-found', 'there is no such robot')
    return robot ?? null
  }

  void app.register(
    (admin, _options, ready) => {
      admin.addHook('onRequest', async (request, reply) => {
        if (isForeign(request, port()))
          return await refuse(reply, 403, 'foreign', 'requests of other sites are refused')
        if (!isSameSecret(tokenOf(request, port()), world.state.adminToken))
          return await refuse(reply, 401, 'unauthorized', 'the admin token is missing or wrong')
      })

      admin.post('/merchants', (request) => {
        const merchant = world.addMerchant({ name: 'Switchboard', ...newMerchant.parse(bodyOf(request)) })
        return registered(platform, merchant)
      })
      admin.patch('/merchants/:merchantNo', async (request, reply) => {
        const merchant = world.merchant((request.params as { merchantNo: string }).merchantNo)
        if (!merchant) return await refuse(reply, 404, 'not-found', 'there is no such merchant')
        Object.assign(merchant, merchantChange.parse(bodyOf(request)))
        world.touch()
        platform.deliveries.hurry(merchant.merchantNo)
        return registered(platform, merchant)
      })

      admin.get('/state', () => {
        const { merchants, robots, logins, friendRequests, settings, seed } = world.state
        return { url: platform.url, seed, merchants, robots, logins, friendRequests, settings, faults: platform.faults }
      })
      admin.post('/robots/:serialNo', async (request, reply) => {
        const robot = await robotOr404(request, reply)
        if (!robot) return reply
        const { state, reason, limits } = robotChange.parse(bodyOf(request))
        platform.setState(robot, state, reason, limits)
        return robot
      })
      admin.post('/logins/:serialNo', async (request, reply) => {
        const robot = await robotOr404(request, reply)
        if (!robot) return reply
        const { action, code } = phoneAction.parse(bodyOf(request))
        const problem = actOnPhone(platform, robot, action, code)
        return problem === null ? {} : await refuse(reply, 409, 'conflict', problem)
      })

      admin.get('/faults', () => platform.faults)
      admin.post('/faults', (request) => Object.assign(platform.faults, faultsChange.parse(bodyOf(request))))
      admin.delete('/faults', () => (platform.faults = noFaults()))
      admin.get('/settings', () => world.state.settings)
      admin.post('/settings', (request) => {
        world.state.settings = { ...world.state.settings, ...settingsChange.parse(bodyOf(request)) }
        world.touch()
        platform.onSettings()
        return world.state.settings
      })

      admin.post('/people/say', async (request, reply) => {
        const what = said.parse(bodyOf(request))
        const problem = sayAs(platform, what)
        return problem === null ? {} : await refuse(reply, 404, 'not-found', problem)
      })
      admin.post('/callbacks', async (request, reply) => {
        const { merchantNo, body, contentType, robotSerialNo } = anyCallback.parse(bodyOf(request))
        if (!world.merchant(merchantNo)) return await refuse(reply, 404, 'not-found', 'there is no such merchant')
        const text = typeof body === 'string' ? body : JSON.stringify(body ?? null)
        const place = { merchantNo, robotSerialNo, type: null, serialNo: '', dueAt: Date.now() }
        return platform.deliveries.add({ ...place, contentType, body: text })
      })
      admin.get('/callbacks', (request) => {
        const query = since.parse(request.query)
        return { items: platform.deliveries.log(query.since, query.limit) }
      })
      admin.get('/calls', (request) => {
        const query = since.parse(request.query)
        return { items: journal.after(query.since, query.limit) }
      })
      ready()
    },
    { prefix: '/admin' },
  )
}

/** Bodies come as text (see server.ts), so that nothing reads them before it is known who asks. */
function bodyOf(request: FastifyRequest): unknown {
  return typeof request.body === 'string' && request.body !== '' ? (JSON.parse(request.body) as unknown) : {}
}

function registered(platform: Platform, merchant: Merchant): object {
  const { appId, merchantNo, methodPrefix, timeZone } = merchant
  return {
    appId,
    merchantNo,
    gatewayUrl: `${platform.url}/gateway`,
    methodPrefix,
    timeZone,
    platformPublicKeyPem: platform.world.state.publicKeyPem,
    robots: platform.world
      .robotsOf(merchantNo)
      .map(({ serialNo, name, username, password }) => ({ serialNo, name, username, password })),
  }
}
