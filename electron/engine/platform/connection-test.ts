/** Explains one harmless call's answer: what works, and what stands in the way (PROTOCOL §1). */
import type { ErrorParams, Locale } from '#shared/contract/errors.ts'
import type { ConnectionTest } from '#shared/contract/entries/connections.ts'
import { describeFinding, testSteps, type Finding, type FindingCode, type TestStep } from '#shared/contract/findings.ts'
import type { MethodName } from '#shared/protocol/methods.ts'
import type { ConnectionRecord } from '../store/connections.ts'
import { refusesSignature, type PlatformReply } from './answer.ts'
import type { FinishedCall } from './client.ts'
import { fullMethodName } from './envelope.ts'
import { tryParseJson } from './json.ts'
import type { Posted } from './transport.ts'

/** What is called: it changes nothing at the platform. */
export const testMethod: MethodName = 'getFriendList'
/** The number that is tried where there is no robot. */
export const madeUpRobot = '1000000000000000000'
/** From how many seconds on a clock counts as wrong: header and answer are a second or two apart by themselves. */
const clockTolerance = 30

export interface TestSource {
  connection: Pick<ConnectionRecord, 'gatewayUrl' | 'appId' | 'merchantNo' | 'methodPrefix' | 'signType' | 'advanced'>
  publicKeyFingerprint: string
  /** The number that was tried, and whether a robot of the connection has it. */
  robotSerialNo: string
  hasRobot: boolean
  /** Whether the key was made for this test only. */
  throwawayKey: boolean
}

type Verdict = [FindingCode, ErrorParams?]
type Steps = Partial<Record<TestStep, Verdict>>

const isTls = /CERT|SSL|TLS|ISSUER/
const noConnection = [
  'CONNECT_TIMEOUT',
  'PROXY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]

/** Why no answer came. */
function networkFinding(problem: string, host: string): Verdict {
  if (problem === 'ENOTFOUND' || problem === 'EAI_AGAIN') return ['dns-failed', { host }]
  if (problem === 'ECONNREFUSED') return ['connection-refused', { host }]
  if (isTls.test(problem)) return ['tls-failed', { host, problem }]
  if (noConnection.includes(problem)) return ['no-connection', { host }]
  if (problem === 'TIMEOUT') return ['no-answer', { host }]
  return ['cut-off', { host, problem }]
}

type Answered = Extract<Posted, { kind: 'answered' }>

/** What kind of answer it is. */
function platformFinding({ status, body, location }: Answered, reply: PlatformReply | null): Verdict {
  if (reply) return /^\uFEFF?\s*\{\s*"[^"]*_response"/i.test(body) ? ['answer-wrapped'] : ['platform-answered']
  if (status >= 300 && status < 400) return ['redirected', { status, location: location ?? '?' }]
  if (status >= 400) return ['http-status', { status }]
  return tryParseJson(body.replace(/^\uFEFF/, '').trim()) === undefined ? ['not-json'] : ['foreign-json']
}

/** @param offsetMs the platform's clock less ours */
function clockFinding(offsetMs: number | null): Verdict {
  if (offsetMs === null) return ['clock-unknown']
  const seconds = Math.round(Math.abs(offsetMs) / 1000)
  if (seconds <= clockTolerance) return ['clock-fits', { seconds: Math.max(seconds, 1) + 1 }]
  return [offsetMs > 0 ? 'clock-behind' : 'clock-ahead', { seconds }]
}

const timeWords = /time-?stamp|时间|過期|过期/i
const appWords = /app[\s_-]?id|isv\.invalid-app|应用/i
const merchantWords = /merchant|商户/i
const methodWords = /method|方法|接口/i
const robotWords = /robot|机器人|账号|帐号|serial/i

/** What a refusal is about, by its words: codes differ from deployment to deployment. */
function refusalSteps(reply: PlatformReply, source: TestSource): Steps {
  const { connection, robotSerialNo: serialNo, hasRobot } = source
  const words = `${reply.errorCode ?? ''} ${reply.errorMessage ?? ''}`
  const reason = [reply.errorMessage, reply.errorCode && `(${reply.errorCode})`].filter(Boolean).join(' ').slice(0, 500)
  const method = fullMethodName({ ...connection, timeZone: '' }, testMethod)
  const merchantNo = connection.advanced.merchantId ?? connection.merchantNo
  if (refusesSignature(reply)) {
    if (source.throwawayKey) return { signature: ['signature-later'] }
    const other = connection.signType === 'RSA2' ? 'RSA' : 'RSA2'
    const { publicKeyFingerprint: fingerprint } = source
    return { signature: ['signature-refused', { reason, fingerprint, other }] }
  }
  if (timeWords.test(words)) return { clock: ['clock-refused', { reason }] }
  if (appWords.test(words)) return { merchant: ['app-refused', { appId: connection.appId, reason }] }
  if (merchantWords.test(words)) return { merchant: ['merchant-refused', { merchantNo, reason }] }
  if (methodWords.test(words)) return { method: ['method-refused', { method, reason }] }
  if (!robotWords.test(words)) return { robot: ['refused-otherwise', { reason }] }
  // Whoever looks for the robot has taken what comes before it.
  return {
    signature: ['signature-taken'],
    merchant: ['merchant-taken'],
    method: ['method-taken', { method }],
    robot: hasRobot ? ['robot-refused', { serialNo, reason }] : ['robot-made-up'],
  }
}

const successSteps = ({ connection, robotSerialNo: serialNo, hasRobot }: TestSource): Steps => ({
  signature: ['signature-taken'],
  merchant: ['merchant-taken'],
  method: ['method-taken', { method: fullMethodName({ ...connection, timeZone: '' }, testMethod) }],
  robot: hasRobot ? ['robot-taken', { serialNo }] : ['robot-made-up'],
})

const good: readonly FindingCode[] = [
  'reached',
  'platform-answered',
  'answer-wrapped',
  'clock-fits',
  'signature-taken',
  'merchant-taken',
  'method-taken',
  'robot-taken',
  'robot-made-up',
]
const open: readonly FindingCode[] = ['not-known', 'clock-unknown', 'signature-later']
const stateOf = (code: FindingCode): Finding['state'] =>
  good.includes(code) ? 'ok' : open.includes(code) ? 'unknown' : 'failed'

/** The platform's clock less ours, by the Date header against the middle of the call; milliseconds. */
function clockOffset(posted: Posted, at: number, durationMs: number): number | null {
  const date = posted.kind === 'answered' && posted.date !== null ? Date.parse(posted.date) : Number.NaN
  // The header has whole seconds, cut off: on average half of one is missing.
  return Number.isNaN(date) ? null : Math.round(date + 500 - (at + durationMs / 2))
}

/** @param locale the operator's interface language */
export function explainCall(
  { posted, reply, record }: Pick<FinishedCall, 'posted' | 'reply' | 'record'>,
  source: TestSource,
  locale: Locale,
): Omit<ConnectionTest, 'callId'> {
  const clockOffsetMs = clockOffset(posted, record.at, record.durationMs)
  const found: Steps =
    posted.kind === 'answered'
      ? {
          reachable: ['reached', { ms: record.durationMs }],
          platform: platformFinding(posted, reply),
          clock: clockFinding(clockOffsetMs),
          ...(reply && (reply.success ? successSteps(source) : refusalSteps(reply, source))),
        }
      : { reachable: networkFinding(posted.problem, new URL(source.connection.gatewayUrl).host) }
  const steps = testSteps.map((step): Finding => {
    const [code, params = {}] = found[step] ?? ['not-known' as const]
    return { step, state: stateOf(code), code, params, ...describeFinding(code, params, locale) }
  })
  const inTheWay = steps.find(({ step, state }) => state === 'failed' && step !== 'clock' && step !== 'robot')
  const refused = steps.find(({ code }) => code === 'clock-refused' || code === 'refused-otherwise')
  const works = steps.some(({ code }) => code === 'signature-taken') && !inTheWay && !refused
  const unclear = steps.find(({ step }) => step === 'signature')?.code ?? 'not-known'
  return { works, verdict: inTheWay?.code ?? refused?.code ?? unclear, steps, clockOffsetMs }
}
