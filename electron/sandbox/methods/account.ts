/** login, getVerificationCode, logout. */
import { beginCode, beginQr, finishLogin } from '../logins.ts'
import { Refusal } from '../refusal.ts'
import { needOnline, type Handler } from './call.ts'

export const login: Handler = ({ platform, robot, parameters, serialNo }) => {
  if (platform.world.state.logins.some((pending) => pending.robotSerialNo === robot.serialNo))
    throw new Refusal('loginPending', `a log-in of robot ${robot.serialNo} is under way`)
  if (parameters.flag('is_cache_login')) {
    if (!robot.cached) throw new Refusal('noCachedLogin', `robot ${robot.serialNo} was never logged in here`)
    finishLogin(platform, robot, serialNo)
  } else if (parameters.text('login_type') === '1') beginQr(platform, robot, serialNo)
  else {
    const username = parameters.text('username')
    const password = parameters.text('password')
    if (username === '') throw new Refusal('missing', 'username is missing: login_type 0 needs it')
    if (password === '') throw new Refusal('missing', 'password is missing: login_type 0 needs it')
    if (username !== robot.username || password !== robot.password) {
      const wrong = { code: 1, text: '用户名或密码错误' }
      platform.answerLater(robot, platform.bodies.login(robot, serialNo, wrong, null))
    } else if (platform.settings.loginCode) beginCode(platform, robot, serialNo)
    else finishLogin(platform, robot, serialNo)
  }
  return {}
}

export const getVerificationCode: Handler = ({ platform, robot }) => {
  const pending = platform.world.state.logins.find((login) => login.robotSerialNo === robot.serialNo)
  if (pending?.step !== 'code')
    throw new Refusal('noCode', `no log-in of robot ${robot.serialNo} waits for a verification code`)
  return { code: pending.code }
}

export const logout: Handler = ({ platform, robot, serialNo }) => {
  needOnline(robot)
  const { bodies } = platform
  const afterMs = platform.span(platform.settings.callbackMs)
  platform.callback(robot, bodies.loggedOut(robot, serialNo), afterMs)
  platform.setState(robot, 'offline', '主动退出登录', [], serialNo, afterMs)
  return {}
}
