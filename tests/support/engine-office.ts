/** A desk with a scripted platform, one connection between them, and robots at hand. */
import { unpaced } from '#shared/contract/entries/pace.ts'
import type { EngineOptions } from '#engine/types.ts'
import type { EntryInput, EntryResult } from '#shared/contract/index.ts'
import type { Callback } from '#shared/contract/entries/record.ts'
import { Desk, merchantNo, until } from './desk.ts'
import { startPlatform, type FakePlatform } from './fake-platform.ts'

export interface EngineOffice {
  readonly desk: Desk
  readonly platform: FakePlatform
  readonly connectionId: string
  readonly callbackUrl: string
  /** Adds a robot of its own, so that tests do not meet. */
  robot(): Promise<RobotHandle>
  close(): Promise<void>
}

type Peer = EntryInput<'messages.send'>['peer']
type Operation = EntryResult<'operations.get'>
type Message = EntryResult<'messages.page'>['items'][number]
type Robot = EntryResult<'robots.list'>['items'][number]
/** Header fields that a callback has beside its data, or instead of the usual ones. */
type Header = Record<string, unknown>

export interface RobotHandle {
  readonly id: string
  readonly serialNo: string
  state(): Promise<Robot>
  /** A callback for it with headers of the old generation. */
  old(type: number, data: unknown, header?: Header): Header
  /** The same of the new generation. */
  young(type: number, data: unknown, header?: Header): Header
  deliver(body: object): Promise<Callback>
  operation(id: string): Promise<Operation>
  /** Waits until an operation is in one of the states. */
  settled(id: string, ...states: string[]): Promise<Operation>
  history(peer: Peer): Promise<Message[]>
  send(peer: Peer, content: string, more?: object): Promise<{ messageId: string; operationId: string }>
}

export const friend = (id: string): Peer => ({ kind: 'friend', id })
export const group = (id: string): Peer => ({ kind: 'group', id })

let stamp = 1_793_000_000

/** The next second by the platform's clock. */
export const nextStamp = (): number => ++stamp

/** Opens an engine, a platform and a connection; robots send without pauses. */
export async function openEngineOffice(
  connection: Partial<EntryInput<'connections.save'>> = {},
  changes: Partial<EngineOptions> = {},
): Promise<EngineOffice> {
  const platform = await startPlatform()
  return furnishOffice(await Desk.open(undefined, changes), platform, connection)
}

/** The same around an engine that runs. */
export async function furnishOffice(
  desk: Desk,
  platform: FakePlatform,
  connection: Partial<EntryInput<'connections.save'>> = {},
): Promise<EngineOffice> {
  await desk.call('settings.set', { pace: unpaced })
  const { id: connectionId, callbackUrl } = await desk.connect(platform, connection)
  return {
    desk,
    platform,
    connectionId,
    callbackUrl,
    robot: () => addRobot(desk, connectionId, callbackUrl),
    close: async () => {
      await desk.close()
      await platform.close()
    },
  }
}

let robots = 100

/** Adds a robot with a number that no other has. */
export async function addRobot(desk: Desk, connectionId: string, callbackUrl: string): Promise<RobotHandle> {
  robots += 1
  const serialNo = `88000000000000000${robots}`
  const { id } = await desk.call('robots.add', { connectionId, serialNo, name: `Robot ${robots}` })
  return robotHandle(desk, id, serialNo, callbackUrl)
}

/** Hands for a robot that is there already. */
export function robotHandle(desk: Desk, id: string, serialNo: string, callbackUrl: string): RobotHandle {
  const common = { optvcMerchantId: merchantNo, optvcRobotSerialNo: serialNo }
  const operation = (operationId: string): Promise<Operation> => desk.call('operations.get', { id: operationId })
  return {
    id,
    serialNo,
    operation,
    state: async () => {
      const robot = (await desk.call('robots.list', {})).items.find((item) => item.id === id)
      if (!robot) throw new Error('no such robot')
      return robot
    },
    old: (type, data, header) => {
      const generation = { resultCode: '0', resultMsg: '', type: String(type), nTimeStamp: String(nextStamp()) }
      return { ...common, ...generation, data, ...header }
    },
    young: (type, data, header) => {
      const generation = { nResultCode: 0, vcResultMsg: '', nType: type, nTimeStamp: nextStamp() }
      return { ...common, ...generation, data, ...header }
    },
    deliver: (body) => desk.deliver(callbackUrl, body),
    settled: (operationId, ...states) =>
      until(`operation ${operationId} to be ${states.join(' or ')}`, async () => {
        const found = await operation(operationId)
        return states.includes(found.state) && found
      }),
    history: async (peer) => (await desk.call('messages.page', { robotId: id, peer, limit: 500 })).items,
    send: (peer, content, more) => desk.call('messages.send', { robotId: id, peer, type: 'text', content, ...more }),
  }
}
