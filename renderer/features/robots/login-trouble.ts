/** What stopped a log-in, as a person would say it: platforms give only a code and words of their own. */
import type { ContractError } from '#shared/contract/errors.ts'
import type { LoginMethod } from '#shared/contract/entries/robots.ts'

/** Each has words in `robots.login.trouble`: what happened, what it means, what to do. */
export type LoginTrouble =
  | 'wrongPassword'
  | 'refused'
  | 'expired'
  | 'wrongCode'
  | 'noCache'
  | 'banned'
  | 'underWay'
  | 'noAnswer'
  | 'noPassword'
  | 'unreachable'
  | 'unknown'
  | 'signature'
  | 'other'

const byWords: readonly (readonly [LoginTrouble, RegExp])[] = [
  ['underWay', /under way|正在登录|登录中/i],
  ['wrongCode', /验证码|verification code|wrong code|pin code/i],
  ['expired', /过期|超时|expired?|time(d)? ?out/i],
  ['refused', /拒绝登录|用户拒绝|取消登录|(refused|rejected|declined|cancell?ed) (by|on)/i],
  ['banned', /封号|封禁|冻结|banned|suspended|frozen/i],
  ['wrongPassword', /密码|用户名|账号或|password|credential|user ?name/i],
]

const byCode: Partial<Record<ContractError['code'], LoginTrouble>> = {
  'timed-out': 'noAnswer',
  'invalid-input': 'noPassword',
  'gateway-unreachable': 'unreachable',
  'answer-lost': 'unknown',
  interrupted: 'unknown',
  'answer-unreadable': 'unknown',
  'signature-refused': 'signature',
}

/**
 * @param error why the log-in failed, as the engine gives it
 * @param method how it was tried; null where that is not known
 */
export function troubleOf(error: Pick<ContractError, 'code' | 'params'>, method: LoginMethod | null): LoginTrouble {
  const known = byCode[error.code]
  if (known) return known
  const reason = String(error.params?.['reason'] ?? '')
  if (method === 'cached' && /cache|缓存|never logged in|未登录/i.test(reason)) return 'noCache'
  return byWords.find(([, words]) => words.test(reason))?.[0] ?? (method === 'cached' ? 'noCache' : 'other')
}
