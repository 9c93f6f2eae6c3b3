/**
 * The bodies of the callbacks, in the two generations of PROTOCOL §3: the old one writes everything as
 * text, the new one has other names and numbers.
 */
import type { Group, Person, Robot, RobotState } from './model.ts'
import type { Settings } from './settings.ts'
import { writeTime } from './time.ts'

/** One callback before it is wrapped, signed and delivered. */
export interface CallbackBody {
  readonly type: number
  readonly serialNo: string
  readonly fields: Record<string, unknown>
}

export interface Result {
  readonly code: number
  readonly text: string
}
export const succeeded: Result = { code: 0, text: 'success' }

const states: Record<RobotState, number> = { online: 0, offline: 1, banned: 2, limited: 3 }

/** Makes bodies. Its clock never stands still for one robot, so that no two callbacks of it are equal. */
export class Bodies {
  readonly #settings: () => Settings
  readonly #timeZone: (merchantNo: string) => string
  readonly #ticks = new Map<string, number>()

  constructor(settings: () => Settings, timeZone: (merchantNo: string) => string) {
    this.#settings = settings
    this.#timeZone = timeZone
  }

  login(robot: Robot, serialNo: string, result: Result, device: { cacheInfo: string; headUrl: string } | null) {
    const data = device && {
      userId: robot.userId,
      userName: robot.name,
      country_code: robot.language === 'th' ? 'TH' : 'CN',
      country: robot.language === 'th' ? 'Thailand' : 'China',
      previewParm: '',
      cache_info: device.cacheInfo,
      line_version: '14.19.1',
      head_img_url: device.headUrl,
      phone: robot.phone,
    }
    return this.#old(1001, robot, serialNo, data ?? {}, result)
  }

  qrCode(robot: Robot, serialNo: string, vcCodeUrl: string): CallbackBody {
    const body = this.#new(1025, robot, serialNo, undefined)
    return { ...body, fields: { ...body.fields, Data: { vcCodeUrl } } }
  }

  /** What became of a log-in on the phone: not in the document, as the QR code is not. */
  loginNews(robot: Robot, serialNo: string, news: { nScanState: 1 } | { vcVerifyCode: string }): CallbackBody {
    const body = this.#new(1026, robot, serialNo, undefined)
    return { ...body, fields: { ...body.fields, Data: news } }
  }

  friendAdded(robot: Robot, serialNo: string, person: Person, result: Result): CallbackBody {
    const data = { vcUserId: person.userId, vcUserName: person.name, vcPreviewParm: '' }
    return this.#new(1002, robot, serialNo, data, result)
  }

  friends(robot: Robot, serialNo: string, people: readonly Person[]): CallbackBody {
    const data = people.map((person) => ({
      vcUserId: person.userId,
      vcUserName: person.name,
      Un2: '',
      Un11: '',
      vcPreviewParm: '',
    }))
    return this.#new(1003, robot, serialNo, data)
  }

  loggedOut(robot: Robot, serialNo: string): CallbackBody {
    return this.#old(1004, robot, serialNo, undefined)
  }

  /** @param from the person who wrote, or null for the robot itself */
  message(robot: Robot, serialNo: string, from: Person | null, to: string, type: string, content: string) {
    return this.#old(1005, robot, serialNo, {
      FromUserId: from?.userId ?? robot.userId,
      Content: content,
      dtMsgTime: this.#text(robot, this.#tick(robot)),
      ToUserId: to,
      nPlatformMsgType: from ? '10' : '1',
      nMsgType: type,
    })
  }

  addressBook(robot: Robot, people: readonly Person[]): CallbackBody {
    const data = people.map((person) => ({
      vcUserId: person.userId,
      vcUserName: person.name,
      nPhoneNumber: Number(person.phone),
      vcAbperson: '',
      Un2: '',
    }))
    return this.#new(1006, robot, '', data)
  }

  state(robot: Robot, serialNo: string): CallbackBody {
    return this.#old(1007, robot, serialNo, {
      nstate: states[robot.state],
      vcReason: robot.reason,
      functional_limits: robot.limits.map(({ code, text }) => ({ risk_type_code: code, risk_type_desc: text })),
    })
  }

  groupCreated(robot: Robot, serialNo: string, group: Group): CallbackBody {
    const own = group.ownerUserId === robot.userId
    return this.#new(2001, robot, serialNo, {
      vcGroupId: group.groupId,
      vcGroupName: group.name,
      vcGroupKey: group.key,
      nGroupTag_b: group.tag,
      nCreateTime: this.#number(robot, group.createdAt),
      vcStrData: '',
      vcOwnerUserId: group.ownerUserId,
      nOwnerTag_b: own ? 1 : 0,
      memberJoinTime: this.#members(robot, group),
    })
  }

  /** @param type 2002 (time as a number) or 2003 (time as text) */
  groups(type: 2002 | 2003, robot: Robot, serialNo: string, groups: readonly Group[]): CallbackBody {
    const data = groups.map((group) => ({
      vcGroupId: group.groupId,
      vcGroupName: group.name,
      nCreateTime: type === 2002 ? this.#number(robot, group.createdAt) : this.#text(robot, group.createdAt),
      vcStrData: '',
      vcOwnerUserId: group.ownerUserId,
      memberJoinTime: this.#members(robot, group),
    }))
    return this.#new(type, robot, serialNo, data)
  }

  /** @param from the member who wrote, or null for the robot itself */
  groupMessage(robot: Robot, serialNo: string, from: Person | null, groupId: string, type: string, content: string) {
    const who = from ?? robot
    return this.#old(2004, robot, serialNo, {
      groupId,
      MsgData: { FromUserId: who.userId, vcUserName: who.name, Content: content },
      dtMsgTime: this.#text(robot, this.#tick(robot)),
      nMsgType: type,
      msgContentb: Buffer.from(content, 'utf8').toString('base64'),
    })
  }

  groupLeft(robot: Robot, serialNo: string, group: Group): CallbackBody {
    return this.#new(2004, robot, serialNo, { vcGroupId: group.groupId, vcGroupName: group.name })
  }

  #members(robot: Robot, group: Group): object[] {
    return group.members.map(({ userId, joinedAt }) => ({
      vcUserId: userId,
      nJoinTime: this.#number(robot, joinedAt),
    }))
  }

  #old(type: number, robot: Robot, serialNo: string, data: unknown, result: Result = succeeded): CallbackBody {
    const fields = {
      resultCode: String(result.code),
      resultMsg: result.text,
      type: String(type),
      nTimeStamp: this.#text(robot, this.#tick(robot)),
      optSerNo: serialNo,
      optvcMerchantId: robot.merchantNo,
      optvcRobotSerialNo: robot.serialNo,
      ...(data === undefined ? {} : { data }),
    }
    return { type, serialNo, fields }
  }

  #new(type: number, robot: Robot, serialNo: string, data: unknown, result: Result = succeeded): CallbackBody {
    const fields = {
      nResultCode: result.code,
      vcResultMsg: result.text,
      nType: type,
      nTimeStamp: this.#number(robot, this.#tick(robot)),
      optvcSerNo: serialNo,
      optvcMerchantId: robot.merchantNo,
      optvcRobotSerialNo: robot.serialNo,
      ...(data === undefined ? {} : { data }),
    }
    return { type, serialNo, fields }
  }

  #tick(robot: Robot): number {
    const at = Math.max(Date.now(), (this.#ticks.get(robot.serialNo) ?? 0) + 1)
    this.#ticks.set(robot.serialNo, at)
    return at
  }

  #number(robot: Robot, at: number): number | string {
    const { timeForm } = this.#settings()
    if (timeForm === 'text') return writeTime(at, this.#timeZone(robot.merchantNo))
    return timeForm === 'seconds' ? Math.floor(at / 1000) : at
  }

  #text(robot: Robot, at: number): string {
    return String(this.#number(robot, at))
  }
}
