/** The platform's endpoint: checks a request from the envelope inwards, has the method work, answers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { methodFacts, methodNames, type MethodName } from '#shared/protocol/methods.ts'
import { checkEnvelope, readEnvelope } from './envelope.ts'
import { takeEarlyFault } from './faults.ts'
import { redacted, type Journal } from './journal.ts'
import { isObject, parseJson } from './json.ts'
import { handlers } from './methods/index.ts'
import type { Merchant, Robot } from './model.ts'
import { readParameters } from './parameters.ts'
import type { Platform } from './platform.ts'
import { codes, Refusal } from './refusal.ts'
import { isSignedBy, readPublicKey, signed, signingString } from './signature.ts'
import { readTime } from './time.ts'

interface Verdict {
  readonly accepted: boolean
  readonly code: number
  readonly message: string
  readonly data: object
}

/** Adds `/gateway`. */
export function addGateway(app: FastifyInstance, platform: Platform, journal: Journal): void {
  app.all('/gateway', async (request, reply) => {
    if (request.method !== 'POST') return await reply.code(405).header('allow', 'POST').send('POST only')
    return await answer(platform, journal, request, reply)
  })
}

async function answer(platform: Platform, journal: Journal, request: FastifyRequest, reply: FastifyReply) {
  const at = Date.now()
  const { faults, timers } = platform
  const peeked = peek(request)
  const record = (verdict: Verdict, vcSerialNo: string, fault: string | null): void => {
    const { accepted, code, message } = verdict
    journal.add({ ...peeked, at, ms: Date.now() - at, vcSerialNo, accepted, code, message, fault })
  }
  if (faults.latencyMs > 0) await new Promise<void>((resolve) => timers.after(faults.latencyMs, resolve))
  const early = takeEarlyFault(faults, peeked.method.split('.').at(-1) ?? '', platform.random.next())
  const nothing = { accepted: false, code: 0, message: '', data: {} }
  if (early?.kind === 'status') {
    record(nothing, '', `HTTP ${early.status}`)
    return await reply.code(early.status).type('text/html').send(`<h1>${early.status}</h1>`)
  }
  if (early?.kind === 'garbage') {
    record(nothing, '', 'garbage')
    return await reply.type('text/html; charset=utf-8').send('<html><body>网关维护中</body></html>')
  }
  const serialNo = platform.world.newSerialNo()
  const verdict = early ? { ...nothing, ...early } : judge(platform, request, serialNo)
  if (faults.callbackBeforeAnswer && verdict.accepted) await platform.deliveries.settled(serialNo, 5000)
  const drop = faults.dropAnswer > 0
  if (drop) faults.dropAnswer -= 1
  record(verdict, serialNo, drop ? 'answer dropped' : early ? 'refused on purpose' : null)
  if (drop) {
    reply.hijack()
    request.raw.socket.destroy()
    return reply
  }
  return await reply.type('application/json; charset=utf-8').send(written(platform, peeked.method, serialNo, verdict))
}

/** Checks everything and does the work. Whatever is wrong becomes a refusal. */
function judge(platform: Platform, request: FastifyRequest, serialNo: string): Verdict {
  try {
    return { accepted: true, code: 0, message: '', data: work(platform, request, serialNo) }
  } catch (error) {
    if (error instanceof Refusal) return { accepted: false, code: error.code, message: error.message, data: {} }
    request.log.error(error)
    return { accepted: false, code: codes.busy, message: 'the platform failed', data: {} }
  }
}

function work(platform: Platform, request: FastifyRequest, serialNo: string): object {
  const fields = readEnvelope(rawRequest(request))
  const envelope = checkEnvelope(fields)
  const merchant = merchantOf(platform, envelope.app_id, envelope.Merchantid)
  const text = signingString(fields, merchant.signTypeInString ? ['sign'] : ['sign', 'sign_type'])
  if (!isBase64(envelope.sign)) throw new Refusal('signature', 'sign is no base64')
  if (!isSignedBy(readPublicKey(merchant.publicKeyPem), envelope.sign_type, text, envelope.sign))
    throw new Refusal('signature', `sign does not fit; the signed text should be: ${redacted(text)}`)
  checkTime(envelope.timestamp, merchant)
  const method = methodOf(envelope.method, merchant)
  const parameters = readParameters(method, envelope.data)
  const stated = parameters.text('vcMerchantNo')
  if (stated !== '' && stated !== merchant.merchantNo)
    throw new Refusal('unknownMerchant', `vcMerchantNo is ${stated}, but the request comes from ${merchant.merchantNo}`)
  const robot = robotOf(platform, parameters.text('vcRobotSerialNo'), merchant)
  return handlers[method]({ platform, merchant, robot, parameters, serialNo })
}

function merchantOf(platform: Platform, appId: string, merchantNo: string): Merchant {
  const merchant = platform.world.state.merchants.find((known) => known.appId === appId)
  if (!merchant) throw new Refusal('unknownMerchant', `app_id ${appId} is unknown`)
  if (merchant.merchantNo !== merchantNo)
    throw new Refusal('unknownMerchant', `Merchantid ${merchantNo} does not belong to app_id ${appId}`)
  return merchant
}

function checkTime(timestamp: string, { timeZone, timestampToleranceMs }: Merchant): void {
  const at = readTime(timestamp, timeZone)
  if (at === null) throw new Refusal('timestamp', `timestamp "${timestamp}" is no time as yyyy-MM-dd HH:mm:ss`)
  const off = at - Date.now()
  if (Math.abs(off) > timestampToleranceMs)
    throw new Refusal('timestamp', `timestamp is ${Math.round(off / 1000)} s off the platform's clock (${timeZone})`)
}

function methodOf(full: string, { methodPrefix, withdrawnMethods }: Merchant): MethodName {
  const method = methodNames.find((name) => full === `${methodPrefix}.${name}`)
  if (!method) throw new Refusal('unknownMethod', `there is no method ${full}`)
  if (methodFacts[method].withdrawn && !withdrawnMethods) throw new Refusal('withdrawn', `${full} was withdrawn (作废)`)
  return method
}

function robotOf(platform: Platform, serialNo: string, merchant: Merchant): Robot {
  const robot = platform.world.robot(serialNo)
  if (!robot) throw new Refusal('robotUnknown', `there is no robot ${serialNo}`)
  if (robot.merchantNo !== merchant.merchantNo)
    throw new Refusal('robotForeign', `robot ${serialNo} belongs to another merchant`)
  if (robot.state === 'banned') throw new Refusal('robotBanned', `robot ${serialNo} is banned: ${robot.reason}`)
  return robot
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0
}

function rawRequest(request: FastifyRequest): { query: string; contentType: string; body: string } {
  const { url = '' } = request.raw
  return {
    query: url.includes('?') ? url.slice(url.indexOf('?') + 1) : '',
    contentType: request.headers['content-type'] ?? '',
    body: typeof request.body === 'string' ? request.body : '',
  }
}

/** What a request says it is, for the record and the faults; nothing is checked yet. */
function peek(request: FastifyRequest): { method: string; merchantNo: string; robotSerialNo: string; data: string } {
  const peeked = { method: '', merchantNo: '', robotSerialNo: '', data: '' }
  try {
    const fields = readEnvelope(rawRequest(request))
    peeked.method = fields.get('method') ?? ''
    peeked.merchantNo = fields.get('Merchantid') ?? ''
    peeked.data = fields.get('data') ?? ''
    const data = parseJson(peeked.data)
    if (isObject(data) && typeof data.vcRobotSerialNo === 'string') peeked.robotSerialNo = data.vcRobotSerialNo
  } catch {
    // What cannot be read is refused in a moment, with the reason.
  }
  return peeked
}

function written(platform: Platform, method: string, vcSerialNo: string, verdict: Verdict): string {
  const inner = JSON.stringify({
    vcSerialNo,
    vcSuccess: verdict.accepted ? 'true' : 'false',
    nErrorCode: verdict.code,
    vcErrorMsg: verdict.message,
    data: verdict.data,
  })
  if (!platform.settings.wrapAnswers) return inner
  const sign = signed(platform.privateKey, inner)
  return `{${JSON.stringify(`${method.replaceAll('.', '_')}_response`)}:${inner},"sign":${JSON.stringify(sign)}}`
}
