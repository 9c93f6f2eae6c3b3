/**
 * What the test of a connection can find, with sentences in both interface languages. A code is stable.
 * `{name}` in a sentence is filled from the finding's `params`.
 */
import { z } from 'zod'
import { fill, inWords, type ErrorParams, type Locale } from './errors.ts'

/** What is looked at, in this order: each rests on those before it. */
export const testSteps = ['reachable', 'platform', 'clock', 'signature', 'merchant', 'method', 'robot'] as const
export type TestStep = (typeof testSteps)[number]

interface Words {
  readonly 'zh-CN': readonly [what: string, hint: string]
  readonly en: readonly [what: string, hint: string]
}
const say = (zh: readonly [string, string], en: readonly [string, string]): Words => ({ 'zh-CN': zh, en })

/** Every finding, in words: what was found, and what to do. */
export const findingWords = {
  'not-known': say(['还不知道', ''], ['Not known yet', '']),
  // Reachable
  reached: say(['网关有应答（{ms} 毫秒）', ''], ['The gateway answers ({ms} ms)', '']),
  'dns-failed': say(
    ['找不到主机 {host}', '请核对网关地址的拼写，以及本机的 DNS 和网络。'],
    ['The host {host} cannot be found', 'Check how the gateway URL is spelt, and this machine’s DNS and network.'],
  ),
  'connection-refused': say(
    ['{host} 拒绝连接', '请核对端口；平台可能没有运行，或防火墙不放行。'],
    ['{host} refuses connections', 'Check the port; the platform may not be running, or a firewall is in the way.'],
  ),
  'tls-failed': say(
    ['不能与 {host} 建立可信的 TLS 连接：{problem}', '请核对网址是 https 还是 http，并请平台检查证书。'],
    [
      'No trusted TLS connection to {host}: {problem}',
      'Check whether the URL is https or http, and have the platform look at its certificate.',
    ],
  ),
  'no-connection': say(
    ['在规定时间内连不上 {host}', '请检查网络和防火墙，以及平台是否要求登记本机的出口地址。'],
    [
      '{host} could not be connected to in time',
      'Check network and firewall, and whether the platform wants this machine’s public address registered.',
    ],
  ),
  'no-answer': say(
    ['已连上 {host}，但在规定时间内没有应答', '请稍后再试；必要时在高级设置里延长等待时间。'],
    ['{host} was reached but did not answer in time', 'Try again later; the time to wait is an advanced setting.'],
  ),
  'cut-off': say(
    ['{host} 中断了连接（{problem}）', '请核对地址和端口；中间的代理也可能中断连接。'],
    ['{host} broke the connection off ({problem})', 'Check address and port; a proxy in between may do this too.'],
  ),
  // Answers like this platform
  'platform-answered': say(['应答的格式正确', ''], ['The answer has the platform’s form', '']),
  'answer-wrapped': say(
    ['应答包在支付宝式的外层里，已照常读取', ''],
    ['The answer stands in an Alipay-style wrapper; it is read all the same', ''],
  ),
  redirected: say(
    ['网关转向了另一个地址（HTTP {status}）：{location}', '签名的请求不跟随转向；请把网关地址改成最终的地址。'],
    [
      'The gateway redirects elsewhere (HTTP {status}): {location}',
      'Signed requests follow no redirect; put the final address into the gateway URL.',
    ],
  ),
  'http-status': say(
    ['网关应答 HTTP {status}', '404 或 405 多半是地址的路径不对；5xx 请稍后再试或联系平台。'],
    [
      'The gateway answers HTTP {status}',
      'With 404 or 405 the path of the URL is likely wrong; with 5xx try later or ask the platform.',
    ],
  ),
  'not-json': say(
    ['应答不是 JSON（多半是网页）', '这个地址后面不是这种平台；请核对网关地址。'],
    ['The answer is no JSON (a web page, most likely)', 'This is not that kind of platform; check the gateway URL.'],
  ),
  'foreign-json': say(
    ['应答是 JSON，但没有 vcSuccess、nErrorCode、vcSerialNo', '这个地址后面不是这种平台；请核对网关地址。'],
    [
      'The answer is JSON, without vcSuccess, nErrorCode or vcSerialNo',
      'This is not that kind of platform; check the gateway URL.',
    ],
  ),
  // Clock
  'clock-fits': say(['时钟一致（相差不到 {seconds} 秒）', ''], ['The clocks agree (within {seconds} s)', '']),
  'clock-ahead': say(
    ['本机时钟比平台快 {seconds} 秒', '请让本机自动校时；差得太多时平台会拒绝请求。'],
    [
      'This machine’s clock is {seconds} s ahead',
      'Have it set by network time; the platform refuses what is too far off.',
    ],
  ),
  'clock-behind': say(
    ['本机时钟比平台慢 {seconds} 秒', '请让本机自动校时；差得太多时平台会拒绝请求。'],
    [
      'This machine’s clock is {seconds} s behind',
      'Have it set by network time; the platform refuses what is too far off.',
    ],
  ),
  'clock-unknown': say(['应答没有 Date 头，无法比较时钟', ''], ['The answer has no Date header to compare with', '']),
  'clock-refused': say(
    ['平台不接受请求的时间：{reason}', '请核对本机时钟，以及连接里的平台时区。'],
    ['The platform refuses the request’s time: {reason}', 'Check this machine’s clock and the connection’s time zone.'],
  ),
  // Signature
  'signature-taken': say(['平台认可签名', ''], ['The platform takes the signature', '']),
  'signature-refused': say(
    [
      '平台不认可签名：{reason}',
      '请把指纹为 {fingerprint} 的公钥登记到平台；若已登记，请换签名方式（{other}），或切换“sign_type 参与签名”。',
    ],
    [
      'The platform refuses the signature: {reason}',
      'Register the public key with the fingerprint {fingerprint}; if it is registered, try the signature type {other}, or switch “sign_type is part of what is signed”.',
    ],
  ),
  'signature-later': say(
    ['密钥在保存时才生成', '请先保存，把公钥登记到平台，再测试。'],
    ['The key is made when you save', 'Save first, register the public key at the platform, then test again.'],
  ),
  // Merchant
  'merchant-taken': say(['应用编号和商户号正确', ''], ['App id and merchant number are right', '']),
  'app-refused': say(
    ['平台不认识应用编号 {appId}：{reason}', '请核对应用编号（app_id）。'],
    ['The platform does not know the app id {appId}: {reason}', 'Check the app id (app_id).'],
  ),
  'merchant-refused': say(
    ['平台不接受商户号 {merchantNo}：{reason}', '请核对商户号；Merchantid 另有取值时填在高级设置里。'],
    [
      'The platform does not take the merchant number {merchantNo}: {reason}',
      'Check the merchant number; a Merchantid of its own goes into the advanced settings.',
    ],
  ),
  // Method
  'method-taken': say(['方法 {method} 可用', ''], ['The method {method} is served', '']),
  'method-refused': say(
    ['平台没有方法 {method}：{reason}', '请核对方法前缀，或在高级设置里填写完整的方法名。'],
    [
      'The platform has no method {method}: {reason}',
      'Check the method prefix, or give full names in the advanced settings.',
    ],
  ),
  // Robot
  'robot-taken': say(['机器人 {serialNo} 可用', ''], ['The robot {serialNo} is there', '']),
  'robot-made-up': say(
    ['还没有机器人；用虚构的编号试过，平台如期说不认识', ''],
    ['There is no robot yet; a made-up number was tried and, as it should be, not known', ''],
  ),
  'robot-refused': say(
    ['机器人 {serialNo}：{reason}', '请核对机器人编号和它的状态；连接本身没有问题。'],
    ['Robot {serialNo}: {reason}', 'Check the robot’s number and state; the connection itself is in order.'],
  ),
  'refused-otherwise': say(
    ['平台拒绝：{reason}', '请按平台给出的原因处理。'],
    ['The platform refused: {reason}', 'Act on the reason that the platform gave.'],
  ),
} as const satisfies Record<string, Words>

export type FindingCode = keyof typeof findingWords
/** Codes of findings. */
export const findingCode = z.enum(Object.keys(findingWords) as [FindingCode, ...FindingCode[]])

export const findingSchema = z.object({
  step: z.enum(testSteps),
  state: z.enum(['ok', 'failed', 'unknown']),
  code: findingCode,
  /** What was found, in the caller's language. */
  message: z.string(),
  /** What to do; empty where there is nothing. */
  hint: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
})
export type Finding = z.output<typeof findingSchema>

/** Puts a finding into words. */
export function describeFinding(
  code: FindingCode,
  params: ErrorParams,
  locale: Locale,
): { message: string; hint: string } {
  const [message, hint] = findingWords[code][locale]
  const said = inWords(params, locale)
  return { message: fill(message, said), hint: fill(hint, said) }
}
