/**
 * Error codes that cross the contract, with their sentences in both interface languages and the HTTP
 * status under which the headless host answers them. A code is stable: scripts may rely on it.
 *
 * `{name}` in a sentence is filled from the error's `params`.
 */
import { z } from 'zod'
import { define, type ErrorText } from './error-text.ts'
import { pictureErrorTexts } from './picture-errors.ts'
import { missingOf, problemOf } from './problems.ts'
import { reachErrorTexts } from './reach-errors.ts'
import { serverErrorTexts } from './server-errors.ts'

/** The interface languages. */
export const localeSchema = z.enum(['zh-CN', 'en'])
export type Locale = z.infer<typeof localeSchema>

/** Every error code, its HTTP status and its words. */
export const errorTexts = {
  // The border
  'invalid-input': define(
    400,
    ['{field}：{problem}', '请更正后重试。'],
    ['{field}: {problem}', 'Correct it and try again.'],
  ),
  unauthorized: define(
    401,
    ['未登录或登录已失效', '请用启动时给出的登录链接重新打开。'],
    ['Not signed in, or no longer', 'Open the sign-in link that the host printed when it started.'],
  ),
  forbidden: define(
    403,
    ['请求来自不被允许的来源', '请从本应用自己的地址打开。'],
    ['The request came from an origin that is not allowed', 'Open the application at its own address.'],
  ),
  locked: define(
    423,
    ['应用已锁定', '请在锁定的界面上输入口令。'],
    ['The application is locked', 'Give the passphrase on the locked screen.'],
  ),
  'wrong-passphrase': define(
    403,
    ['口令不正确', '请检查大小写和输入法后重试。'],
    ['The passphrase is wrong', 'Check capitals and the keyboard’s language, and try again.'],
  ),
  'lock-wait': define(
    429,
    ['尝试过于频繁，请等待 {seconds} 秒', '之后再试；每次错误后等待时间会变长。'],
    ['Too many attempts; wait {seconds} s', 'Then try again; the pause grows with each wrong attempt.'],
  ),
  'lock-not-set': define(
    409,
    ['还没有设置应用锁', '请在“设置”中设置锁定口令。'],
    ['No application lock is set', 'Set its passphrase in the settings.'],
  ),
  'unknown-entry': define(
    404,
    ['没有名为 {entry} 的接口', '请查看 docs/contract.md。'],
    ['There is no entry named {entry}', 'See docs/contract.md.'],
  ),
  'contract-version': define(
    409,
    ['界面与引擎的版本不同（界面 {renderer}，引擎 {engine}）', '请重新加载页面或更新应用。'],
    [
      'The interface and the engine are of different versions (interface {renderer}, engine {engine})',
      'Reload the page or update the application.',
    ],
  ),
  'not-available': define(
    501,
    ['{what} 尚不可用', '请更新到提供该功能的版本。'],
    ['{what} is not available', 'Update to a version that has it.'],
  ),
  'too-many-requests': define(
    429,
    ['尝试过于频繁', '请稍候再试。'],
    ['Too many attempts', 'Wait a little and try again.'],
  ),
  'not-found': define(
    404,
    ['找不到该{what}', '它可能已被删除，请刷新。'],
    ['There is no such {what}', 'It may have been removed; refresh.'],
  ),
  conflict: define(
    409,
    ['{what}已存在，且内容不同', '请换一个后重试。'],
    ['{what} exists already, with other content', 'Use another one.'],
  ),
  'not-allowed-now': define(
    409,
    ['当前状态（{state}）下不能这样做', '请刷新后查看最新状态。'],
    ['This cannot be done in the present state ({state})', 'Refresh to see the latest state.'],
  ),
  internal: define(
    500,
    ['应用内部出错', '请查看日志；数据没有丢失。'],
    ['Something went wrong inside the application', 'See the log; no data was lost.'],
  ),
  'connection-lost': define(
    503,
    ['与引擎的连接已断开', '正在自动重连；已写下的内容不会丢失。'],
    ['The connection to the engine is lost', 'Reconnecting by itself; what you wrote is kept.'],
  ),
  // Data and machine
  'data-folder': define(
    500,
    ['数据目录 {path} 无法写入：{problem}', '请检查权限或用 --data 指定另一目录。'],
    ['The data folder {path} cannot be written: {problem}', 'Check its permissions, or name another with --data.'],
  ),
  'data-in-use': define(
    409,
    ['数据目录 {path} 正被另一个总机使用', '请先关闭它，或用 --data 指定另一目录。'],
    ['Another Switchboard is using the data folder {path}', 'Close it first, or name another folder with --data.'],
  ),
  'data-newer': define(
    409,
    ['数据库由更新的版本写成（结构 {found}，本版本认识到 {known}）', '请更新应用，旧版本不会改动它。'],
    [
      'The database was written by a newer version (schema {found}, this one knows {known})',
      'Update the application; this version leaves the file alone.',
    ],
  ),
  'data-damaged': define(
    500,
    ['数据库已损坏：{problem}', '请从备份恢复，或抢救仍可读取的内容；原文件会保留。'],
    [
      'The database is damaged: {problem}',
      'Restore a backup, or salvage what can still be read; the file itself is kept.',
    ],
  ),
  'backup-damaged': define(
    409,
    ['这个备份已损坏：{problem}', '请选择另一个备份；现有数据没有改动。'],
    ['This backup is damaged: {problem}', 'Choose another one; the present data is as it was.'],
  ),
  restored: define(
    409,
    ['数据是从备份恢复的，不知道这条在此之后是否已发出', '请向对方或平台核实，再决定。'],
    [
      'The data was restored from a backup; this may have been sent since it was made',
      'Check with the customer or the platform, then decide.',
    ],
  ),
  'archive-unreadable': define(
    400,
    ['归档文件打不开：{problem}', '请检查口令，并确认文件完整、没有改动。'],
    ['The archive cannot be opened: {problem}', 'Check the passphrase, and that the file is whole and unchanged.'],
  ),
  'backup-no-room': define(
    507,
    ['磁盘空间不够备份：需要 {needed} MB，只剩 {free} MB', '请清理磁盘空间或删除旧备份；数据本身没有变动。'],
    [
      'There is no room for a backup: {needed} MB are needed, {free} MB are free',
      'Free some space, or delete old backups; the data itself is untouched.',
    ],
  ),
  'disk-full': define(
    507,
    ['磁盘已满，无法保存', '请清理磁盘空间；在此之前不会再确认回调。'],
    ['The disk is full; nothing can be saved', 'Free some space; until then no callback is acknowledged.'],
  ),
  'storage-failed': define(
    500,
    ['数据库读写失败：{problem}', '请检查磁盘，并查看日志。'],
    ['The database could not be read or written: {problem}', 'Check the disk, and see the log.'],
  ),
  'not-built': define(
    500,
    ['界面尚未构建（缺少 {path}）', '请运行 npm run build，或用 npm start 启动。'],
    ['The interface has not been built ({path} is missing)', 'Run npm run build, or start with npm start.'],
  ),
  'port-in-use': define(
    500,
    ['端口 {port} 已被占用', '请关闭占用它的程序，或换一个端口。'],
    ['Port {port} is taken', 'Close the program that holds it, or choose another port.'],
  ),
  'listener-failed': define(
    500,
    ['回调监听无法启动：{problem}', '在此之前收不到新消息；请换一个端口。'],
    ['The callback listener could not start: {problem}', 'No message can arrive until it does; choose another port.'],
  ),
  'vault-locked': define(
    423,
    ['密钥库无法打开：{problem}', '请检查口令或密钥文件；其中内容未被改动。'],
    ['The vault cannot be opened: {problem}', 'Check the passphrase or the key file; its content is unchanged.'],
  ),
  'key-unreadable': define(
    400,
    ['这个密钥不能用：{problem}', '需要 RSA 密钥，PEM 或裸 base64，PKCS#1 或 PKCS#8。'],
    ['This key cannot be used: {problem}', 'An RSA key is needed: PEM or bare base64, PKCS#1 or PKCS#8.'],
  ),
  'sandbox-failed': define(
    500,
    ['沙箱没有启动：{problem}', '请重试，或查看日志。'],
    ['The sandbox did not start: {problem}', 'Try again, or see the log.'],
  ),
  // The platform
  'gateway-unreachable': define(
    502,
    ['连不上平台（{problem}），请求没有发出', '请检查网络和网关地址，然后重试。'],
    [
      'The platform cannot be reached ({problem}); nothing was sent',
      'Check the network and the gateway URL, then retry.',
    ],
  ),
  'answer-lost': define(
    504,
    ['网络中断，不知道对方是否收到', '请等待平台回显，或由您决定。'],
    ['The connection broke; it may or may not have arrived', 'Wait for the platform’s echo, or decide yourself.'],
  ),
  interrupted: define(
    504,
    ['应用在等待应答时关闭，不知道对方是否收到', '请等待平台回显，或由您决定。'],
    [
      'The application closed while it waited for the answer; it may or may not have arrived',
      'Wait for the platform’s echo, or decide yourself.',
    ],
  ),
  'answer-unreadable': define(
    502,
    ['平台的应答无法读懂（HTTP {status}）', '请检查网关地址是否正确；原文见调用记录。'],
    [
      'The platform’s answer cannot be read (HTTP {status})',
      'Check the gateway URL; the answer is in the call record.',
    ],
  ),
  'platform-refused': define(
    422,
    ['平台拒绝：{reason}', '请按平台给出的原因处理。'],
    ['The platform refused: {reason}', 'Act on the reason that the platform gave.'],
  ),
  'signature-refused': define(
    422,
    ['平台不认可签名：{reason}', '请把本连接的公钥登记到平台，并核对应用编号。'],
    [
      'The platform refuses the signature: {reason}',
      'Register this connection’s public key at the platform, and check the app id.',
    ],
  ),
  'result-failed': define(
    422,
    ['平台报告失败：{reason}', '请按原因处理后重试。'],
    ['The platform reports a failure: {reason}', 'Act on the reason, then retry.'],
  ),
  'timed-out': define(
    504,
    ['{seconds} 秒内没有等到结果', '请刷新后再决定是否重试；迟到的结果仍会生效。'],
    ['No result within {seconds} s', 'Refresh before you retry; a late result still counts.'],
  ),
  'part-not-sent': define(
    409,
    ['前一段没有送出，这一段未发送', '请选择“再发一次”以补发。'],
    ['An earlier part did not go, so this one was not sent', 'Choose “Send again” to send what is missing.'],
  ),
  'login-failed': define(
    422,
    ['登录失败：{problem}', '请按原因处理后重新登录；被封禁的账号要先在平台解封。'],
    [
      'The log-in failed: {problem}',
      'Act on the reason, then log in again; a banned account has to be set free at the platform first.',
    ],
  ),
  'limit-unknown': define(
    409,
    ['{robot} 有未知的功能限制：{codes}', '请在机器人页说明该风险代码禁止什么；在此之前不会因它暂停发送。'],
    [
      '{robot} has limits that are not known: {codes}',
      'Say on the robots page what this risk code forbids; until then nothing is held back for it.',
    ],
  ),
  'method-withdrawn': define(
    409,
    ['平台已作废 {method}', '如果平台仍提供，请在连接的高级设置中启用。'],
    [
      'The platform has withdrawn {method}',
      'If your deployment still serves it, enable it in the connection’s advanced settings.',
    ],
  ),
  ...reachErrorTexts,
  ...pictureErrorTexts,
  ...serverErrorTexts,
} as const satisfies Record<string, ErrorText>

export type ErrorCode = keyof typeof errorTexts
export const errorCodes = Object.keys(errorTexts) as [ErrorCode, ...ErrorCode[]]
export type ErrorParams = Record<string, string | number>

/** An error as a value: what is stored, logged and passed on between our own parts. */
export interface Failure {
  readonly code: ErrorCode
  readonly params?: ErrorParams
}

/** An error as the contract gives it. `params` let a renderer say it in its own language. */
export const errorSchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  hint: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})
export type ContractError = z.infer<typeof errorSchema>

/** Fills `{name}` in a sentence. */
export const fill = (text: string, params: ErrorParams): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))

/**
 * The params with a known `problem` or `what` said in the language of the sentence that they stand in.
 *
 * @param isWay whether the sentence is of a way in, where the other end is no gateway
 */
export function inWords(params: ErrorParams, locale: Locale, isWay = false): ErrorParams {
  const problem = problemOf(params['problem'], isWay)
  const what = missingOf(params['what'])
  return {
    ...params,
    ...(problem && { problem: fill(problem[locale], params) }),
    ...(what && { what: what[locale] }),
  }
}

/**
 * Puts a failure into words.
 *
 * @param failure what went wrong
 * @param locale the operator's interface language
 * @returns the code with a sentence and what to do next
 */
export function describeFailure(failure: Failure, locale: Locale): ContractError {
  const text = errorTexts[failure.code][locale]
  const params = inWords(failure.params ?? {}, locale, failure.code.startsWith('reach-'))
  return {
    code: failure.code,
    message: fill(text.message, params),
    hint: fill(text.hint, params),
    ...(failure.params ? { params: failure.params } : {}),
  }
}

/** A failure on its way up a call stack. Only the contract's border turns it into words. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly params: ErrorParams | undefined
  constructor(code: ErrorCode, params?: ErrorParams, options?: ErrorOptions) {
    super(describeFailure({ code, params }, 'en').message, options)
    this.code = code
    this.params = params
  }
  /** The same as a plain value. */
  get failure(): Failure {
    return this.params ? { code: this.code, params: this.params } : { code: this.code }
  }
}
