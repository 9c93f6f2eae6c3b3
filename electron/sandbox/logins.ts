/** Log-ins that wait for somebody at the phone: a QR code to scan, a verification code to type. */
import { randomInt, randomUUID } from 'node:crypto'
import type { PendingLogin, Robot } from './model.ts'
import type { Platform } from './platform.ts'
import { qrDataUrl } from './qr.ts'

/** What somebody at the phone does. `code` needs the code that the platform shows (getVerificationCode). */
export type PhoneAction = 'scan' | 'confirm' | 'refuse' | 'expire' | 'code'

const failures = {
  refused: { code: 3, text: '用户拒绝登录' },
  expired: { code: 2, text: '二维码已过期' },
  wrongCode: { code: 4, text: '验证码错误次数过多' },
}

/** Sends the QR code (1025) and waits for the phone. */
export function beginQr(platform: Platform, robot: Robot, serialNo: string): void {
  const id = randomUUID()
  const qrText = `https://sandbox.example/login?id=${id}`
  begin(platform, { ...fresh(platform, robot, serialNo), id, qrText, step: 'scan' })
  const send = (value: string): void => {
    platform.answerLater(robot, platform.bodies.qrCode(robot, serialNo, value))
  }
  const { qrForm } = platform.settings
  if (qrForm === 'text') send(qrText)
  else if (qrForm === 'link') send(`${platform.url}/qr/${id}.png`)
  else void qrDataUrl(qrText).then(send)
}

/** A password log-in that asks for a verification code first. */
export function beginCode(platform: Platform, robot: Robot, serialNo: string): void {
  const login = fresh(platform, robot, serialNo)
  begin(platform, login)
  tell(platform, robot, login, platform.span(platform.settings.callbackMs))
}

/** Tells the merchant how far the log-in is, where this deployment does. */
function tell(platform: Platform, robot: Robot, login: PendingLogin, afterMs = 0): void {
  if (!platform.settings.loginNews) return
  const news = login.step === 'code' ? { vcVerifyCode: login.code } : ({ nScanState: 1 } as const)
  platform.callback(robot, platform.bodies.loginNews(robot, login.serialNo, news), afterMs)
}

function fresh(platform: Platform, robot: Robot, serialNo: string): PendingLogin {
  return {
    id: randomUUID(),
    robotSerialNo: robot.serialNo,
    serialNo,
    qrText: null,
    step: 'code',
    code: String(randomInt(1_000_000)).padStart(6, '0'),
    wrongCodes: 0,
    expiresAt: Date.now() + platform.settings.loginExpiresMs,
  }
}

function begin(platform: Platform, login: PendingLogin): void {
  platform.world.state.logins.push(login)
  platform.world.touch()
  awaitExpiry(platform, login)
}

/** Lets the log-ins of an earlier run go on. */
export function resumeLogins(platform: Platform): void {
  for (const login of platform.world.state.logins) awaitExpiry(platform, login)
}

function awaitExpiry(platform: Platform, login: PendingLogin): void {
  platform.timers.after(Math.max(0, login.expiresAt - Date.now()), () => {
    if (platform.world.state.logins.includes(login)) end(platform, login, failures.expired)
  })
}

/**
 * Somebody does something at the phone of a robot that is being logged in.
 * @returns null, or why this cannot be done now
 */
export function actOnPhone(platform: Platform, robot: Robot, action: PhoneAction, code = ''): string | null {
  const login = platform.world.state.logins.find((pending) => pending.robotSerialNo === robot.serialNo)
  if (!login) return 'no log-in of this robot waits for the phone'
  switch (action) {
    case 'scan':
      if (login.step !== 'scan') return 'the code was scanned already'
      login.step = 'confirm'
      tell(platform, robot, login)
      break
    case 'confirm':
      if (login.step !== 'confirm') return login.step === 'scan' ? 'scan the code first' : 'the code must be typed'
      if (platform.settings.loginCode) {
        login.step = 'code'
        tell(platform, robot, login)
      } else end(platform, login, null)
      break
    case 'code':
      if (login.step !== 'code') return 'no verification code is asked for'
      if (code === login.code) end(platform, login, null)
      else {
        login.wrongCodes += 1
        if (login.wrongCodes >= 3) end(platform, login, failures.wrongCode)
        platform.world.touch()
        return 'the verification code is wrong'
      }
      break
    case 'refuse':
      end(platform, login, failures.refused)
      break
    case 'expire':
      end(platform, login, failures.expired)
  }
  platform.world.touch()
  return null
}

function end(platform: Platform, login: PendingLogin, failure: { code: number; text: string } | null): void {
  const { logins } = platform.world.state
  logins.splice(logins.indexOf(login), 1)
  platform.world.touch()
  const robot = platform.world.robot(login.robotSerialNo)
  if (!robot) return
  if (failure === null) finishLogin(platform, robot, login.serialNo)
  else platform.answerLater(robot, platform.bodies.login(robot, login.serialNo, failure, null))
}

/** The log-in succeeds: 1001 with the account, then 1007 online. */
export function finishLogin(platform: Platform, robot: Robot, serialNo: string): void {
  const { bodies } = platform
  const device = {
    cacheInfo: Buffer.from(JSON.stringify({ robot: robot.serialNo, session: randomUUID() })).toString('base64'),
    headUrl: `${platform.url}/pictures/1.png`,
  }
  const afterMs = platform.span(platform.settings.callbackMs)
  platform.callback(robot, bodies.login(robot, serialNo, { code: 0, text: 'success' }, device), afterMs)
  platform.setState(robot, 'online', '登录成功', [], serialNo, afterMs)
  if (platform.settings.addressBook)
    platform.callback(
      robot,
      bodies.addressBook(
        robot,
        robot.people.filter((person) => person.friend),
      ),
      afterMs,
    )
}
