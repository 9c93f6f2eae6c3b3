/**
 * What the check of a way in can find, hop by hop from the public address back to this machine, with sentences in both
 * interface languages. A code is stable. `{name}` in a sentence is filled from the finding's `params`.
 */
import { z } from 'zod'
import { fill, inWords, type ErrorParams, type Locale } from './errors.ts'

/** What is looked at, in this order: each rests on those before it. */
export const reachHops = ['address', 'dns', 'tcp', 'tls', 'http', 'machine', 'secret', 'outside'] as const
export type ReachHop = (typeof reachHops)[number]

export const hopStates = ['good', 'bad', 'unknown'] as const
type HopState = (typeof hopStates)[number]

interface Words {
  readonly state: HopState
  readonly 'zh-CN': readonly [what: string, hint: string]
  readonly en: readonly [what: string, hint: string]
}
const define =
  (state: HopState) =>
  (zh: readonly [string, string], en: readonly [string, string]): Words => ({ state, 'zh-CN': zh, en })
const good = define('good')
const bad = define('bad')
const unknown = define('unknown')

/** Every finding, in words: what was found, and what to do. */
export const reachFindingWords = {
  // Address
  'address-public': good(['公网地址是 {url}', ''], ['The public address is {url}', '']),
  'no-way': bad(
    ['还没有选择接入方式，回调地址只通到这台电脑', '请在下面选择一种接入方式并保存。'],
    ['No way in is chosen; the callback URL leads to this computer alone', 'Choose one below and save it.'],
  ),
  'way-not-up': bad(
    ['接入方式还没有连通', '请先看上面的状态和原因；连通后再检查。'],
    ['The way in is not up', 'Look at its state and reason above; check again when it is up.'],
  ),
  // DNS
  'dns-found': good(['{host} 指向 {addresses}', ''], ['{host} points to {addresses}', '']),
  'dns-address': good(
    ['地址里直接写的是 IP，不需要 DNS', ''],
    ['The address names an IP itself; no DNS is needed', ''],
  ),
  'dns-unknown': bad(
    ['找不到主机 {host}', '请核对拼写，并在域名服务商处添加指向服务器的记录；新记录可能要等几分钟。'],
    [
      'The host {host} cannot be found',
      'Check the spelling, and add a record at the domain’s provider; a new one can take some minutes.',
    ],
  ),
  'dns-forbidden': bad(
    ['{host} 指向 {addresses}，这不是可以接收回调的地址', '请把它改成服务器的地址。'],
    ['{host} points to {addresses}, where no callback can be taken', 'Point it to the server’s address.'],
  ),
  'dns-private': unknown(
    ['{host} 指向内网地址 {addresses}', '互联网上的平台到不了内网地址；只有平台在同一内网时才能用。'],
    [
      '{host} points to {addresses}, a private address',
      'A platform on the internet cannot reach it; it works only for one in the same network.',
    ],
  ),
  'dns-private-address': unknown(
    ['{host} 是内网地址', '互联网上的平台到不了内网地址；只有平台在同一内网时才能用。'],
    [
      '{host} is a private address',
      'A platform on the internet cannot reach it; it works only for one in the same network.',
    ],
  ),
  // TCP
  'tcp-open': good(['端口 {port} 可以连上（{ms} 毫秒）', ''], ['Port {port} takes connections ({ms} ms)', '']),
  'tcp-refused': bad(
    ['{host} 的端口 {port} 拒绝连接', '请确认那里的程序在运行、监听这个端口，并且防火墙放行。'],
    [
      '{host} refuses connections at port {port}',
      'See that the program there runs, listens at this port and passes the firewall.',
    ],
  ),
  'tcp-silent': bad(
    ['{host} 的端口 {port} 没有反应', '多半是防火墙或安全组没有放行这个端口。'],
    ['Port {port} of {host} does not answer', 'Most often a firewall or security group keeps this port closed.'],
  ),
  'tcp-cannot-tell': unknown(
    [
      '从这台电脑连不上 {host} 的端口 {port}，但这说明不了什么：许多路由器不允许内网访问自己的公网地址',
      '请用手机关掉 Wi-Fi，打开上面的公网地址：出现空白页或“404”即为连通。',
    ],
    [
      '{host}:{port} cannot be reached from this computer, which says little: many routers let nobody inside call their own public address',
      'Open the public address on a phone with Wi-Fi off: an empty page or “404” means that it is reached.',
    ],
  ),
  // TLS
  'tls-good': good(
    ['{protocol}，证书可信，还有 {days} 天到期', ''],
    ['{protocol}, a trusted certificate, good for {days} more days', ''],
  ),
  'tls-none': unknown(
    ['没有加密（http）', '途中的人能读到回调和其中的密钥；请尽量改用 https。'],
    ['Not encrypted (http)', 'Whoever is on the way reads the callbacks and their secret; use https where you can.'],
  ),
  'tls-untrusted': bad(
    ['证书不受信任：{problem}', '请安装由公认机构签发的证书，并带上完整的证书链（fullchain）。'],
    [
      'The certificate is not trusted: {problem}',
      'Install one of a public authority, with its whole chain (fullchain).',
    ],
  ),
  'tls-expired': bad(
    ['证书已过期', '请续期，并让服务器重新加载证书。'],
    ['The certificate has expired', 'Renew it and have the server load it again.'],
  ),
  'tls-other-name': bad(
    ['证书不是给 {host} 的（它是给 {names} 的）', '请为这个名称申请证书，或把公网地址改成证书上的名称。'],
    [
      'The certificate is not for {host} (it is for {names})',
      'Get one for this name, or use the certificate’s name in the public address.',
    ],
  ),
  'tls-broken': bad(
    ['那里不用 TLS 应答：{problem}', '请核对端口，以及地址是 https 还是 http。'],
    ['TLS is not spoken there: {problem}', 'Check the port, and whether the address is https or http.'],
  ),
  // HTTP
  'http-answered': good(['有 HTTP 应答（{status}，{ms} 毫秒）', ''], ['HTTP is answered ({status}, {ms} ms)', '']),
  'http-redirected': bad(
    ['被转向 {location}（HTTP {status}）', '平台不一定跟随转向；请把公网地址改成最终的地址。'],
    [
      'It redirects to {location} (HTTP {status})',
      'The platform may not follow; use the final address as the public one.',
    ],
  ),
  'http-gateway': bad(
    ['代理连不到这台电脑（HTTP {status}）', '请检查代理里的转发地址和端口，以及到这台电脑的隧道。'],
    [
      'The proxy does not reach this machine (HTTP {status})',
      'Check address and port that it passes on to, and the tunnel to this machine.',
    ],
  ),
  'http-status': bad(
    ['应答是 HTTP {status}', '请检查代理的访问限制（登录、来源地址、防火墙规则）。'],
    ['The answer is HTTP {status}', 'Check what the proxy demands (log-in, source addresses, firewall rules).'],
  ),
  'http-silent': bad(
    ['已连上，但在规定时间内没有应答', '请检查代理到这台电脑的转发。'],
    ['Connected, but no answer came in time', 'Check how the proxy passes requests on to this machine.'],
  ),
  'http-cut': bad(
    ['连接中断（{problem}）', '隧道或代理后面可能没有程序；请核对转发的端口。'],
    [
      'The connection broke ({problem})',
      'There may be nothing behind the tunnel or proxy; check the port that it passes on to.',
    ],
  ),
  // Machine
  'machine-this': good(['应答来自这台电脑', ''], ['This machine answered', '']),
  'machine-other': bad(
    [
      '应答的不是这台电脑（HTTP {status}）',
      '请核对：公网地址是否指向别的机器或别的程序，代理是否转发 /callback/ 路径。',
    ],
    [
      'Another machine or program answered (HTTP {status})',
      'See whether the address points elsewhere, and whether the proxy passes on the path /callback/.',
    ],
  ),
  // Secret
  'secret-right': good(['地址里的密钥正确', ''], ['The secret in the address is right', '']),
  'secret-wrong': bad(
    ['到达时地址里的密钥不对', '代理可能改写了路径，或还写着旧的回调地址；请改成上面的回调地址。'],
    [
      'The address arrived with another secret',
      'The proxy may rewrite the path or still name an older callback URL; use the one above.',
    ],
  ),
  // Outside
  'outside-here': good(
    ['中继从外面看，地址通到这台电脑', '密钥没有交给中继，所以这里没有核对密钥。'],
    [
      'Seen from outside, by the relay, it leads to this machine',
      'The relay was not given the secret, so that one was not checked.',
    ],
  ),
  'outside-private': unknown(
    ['在中继那里，{host} 指向 {addresses}；中继不访问内网地址和它自己', '请确认域名在互联网上指向公网地址。'],
    [
      'Where the relay is, {host} points to {addresses}; it asks for no private address and none of its own',
      'See that on the internet the name points to a public address.',
    ],
  ),
  'outside-busy': unknown(
    ['中继正忙，没有查看', '请过一分钟再检查。'],
    ['The relay was busy and did not look', 'Check again in a minute.'],
  ),
  'outside-nobody': unknown(
    ['没有人能从外面查看', '中继可以：有一个连接的接入方式是中继并且已连通时，会请它查看。'],
    [
      'Nobody outside could look',
      'A relay can: it is asked where some connection has one as its way in and that is up.',
    ],
  ),
} as const satisfies Record<string, Words>

export type ReachFindingCode = keyof typeof reachFindingWords
export const reachFindingCode = z.enum(Object.keys(reachFindingWords) as [ReachFindingCode, ...ReachFindingCode[]])

export const reachFindingSchema = z.object({
  hop: z.enum(reachHops),
  state: z.enum(hopStates),
  code: reachFindingCode,
  /** What was found, in the caller's language. */
  message: z.string(),
  /** What to do; empty where there is nothing. */
  hint: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
})
export type ReachFinding = z.output<typeof reachFindingSchema>

/** Puts a finding into words. */
export function describeReachFinding(
  code: ReachFindingCode,
  params: ErrorParams,
  locale: Locale,
): { message: string; hint: string } {
  const [message, hint] = reachFindingWords[code][locale]
  const said = inWords(params, locale, true)
  return { message: fill(message, said), hint: fill(hint, said) }
}
