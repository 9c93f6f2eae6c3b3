/** An office whose connection has a way in, and a customer who writes many messages through it. */
import type { EntryInput, EntryResult } from '#shared/contract/index.ts'
import { until } from './desk.ts'
import { openEngineOffice, friend, furnishOffice, type EngineOffice, type RobotHandle } from './engine-office.ts'
import { sendCallbacks, type LoadOptions, type LoadResult } from './callback-load.ts'

export type ReachItem = EntryResult<'reach.get'>
type Save = EntryInput<'reach.save'>

export interface Delivered extends LoadResult {
  /** Messages of the history that were sent, but are not in it, or are in it more than once. */
  readonly lost: number
  readonly doubled: number
}

export class ReachOffice {
  readonly office: EngineOffice
  readonly robot: RobotHandle
  #batch = 0

  private constructor(office: EngineOffice, robot: RobotHandle) {
    this.office = office
    this.robot = robot
  }

  static async open(changes: Parameters<typeof openEngineOffice>[1] = {}): Promise<ReachOffice> {
    const office = await openEngineOffice({}, changes)
    return new ReachOffice(office, await office.robot())
  }

  /** The same around an engine that runs. */
  static async over(...given: Parameters<typeof furnishOffice>): Promise<ReachOffice> {
    const office = await furnishOffice(...given)
    return new ReachOffice(office, await office.robot())
  }

  get item(): Promise<ReachItem> {
    return this.office.desk.call('reach.get', { connectionId: this.office.connectionId })
  }

  save(settings: Save['settings'], secrets: Save['secrets'] = {}): Promise<ReachItem> {
    return this.office.desk.call('reach.save', { connectionId: this.office.connectionId, settings, secrets })
  }

  reaches(state: ReachItem['state'], ms = 15_000): Promise<ReachItem> {
    const wait = async (): Promise<ReachItem | false> => {
      const item = await this.item
      return item.state === state && item
    }
    return until(`the way to be ${state}`, wait, ms)
  }

  /**
   * A customer writes `count` messages by callbacks to `url`; then the history is compared with what was written.
   *
   * @param arrived resolves when all that was acknowledged is here; absent where it is at once
   */
  async deliver(
    count: number,
    load: Omit<LoadOptions, 'bodies'>,
    arrived?: () => Promise<unknown>,
  ): Promise<Delivered> {
    this.#batch += 1
    const from = `writer${this.#batch}`
    const texts = Array.from({ length: count }, (_, n) => `message ${this.#batch}.${n}`)
    const bodies = texts.map((Content) =>
      JSON.stringify(
        this.robot.old(1005, {
          FromUserId: from,
          ToUserId: 'self',
          Content,
          nPlatformMsgType: 10,
          nMsgType: 0,
          dtMsgTime: '2026-11-20 10:00:00',
        }),
      ),
    )
    const result = await sendCallbacks({ ...load, bodies })
    await arrived?.()
    // Only then is it known that nothing comes twice.
    await until('all to be applied', async () => {
      const { items } = await this.office.desk.call('callbacks.list', { state: 'pending' })
      return items.length === 0
    })
    const found = await this.#historyOf(from)
    const once = new Set(found)
    return {
      ...result,
      lost: texts.filter((text) => !once.has(text)).length,
      doubled: found.length - once.size,
    }
  }

  async #historyOf(from: string): Promise<string[]> {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await this.office.desk.call('messages.page', {
        robotId: this.robot.id,
        peer: friend(from),
        limit: 500,
        ...(cursor !== undefined && { cursor }),
      })
      found.push(...page.items.map(({ content }) => content))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    return found
  }

  close(): Promise<void> {
    return this.office.close()
  }
}
