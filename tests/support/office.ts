/** The built headless host with its sandbox, and hands to play the customers. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpaced } from '#shared/contract/entries/pace.ts'
import type { EntryInput, EntryName, EntryResult } from '#shared/contract/index.ts'
import { startHost, type ReadyLine } from './headless-host.ts'

export interface Office {
  readonly ready: ReadyLine
  /** Calls an entry as a script would. */
  api<Name extends EntryName>(entry: Name, input: EntryInput<Name>): Promise<EntryResult<Name>>
  /**
   * Tells the sandbox something by its admin interface; it must be running.
   *
   * @param method POST unless given
   * @returns what it answers
   */
  sandbox(path: string, body: object | null, method?: 'GET' | 'PATCH'): Promise<unknown>
  /**
   * Starts the sandbox and waits until its robots are online and know their friends.
   *
   * @param settings what the sandbox is told before its people begin to write
   */
  openForBusiness(settings?: object): Promise<void>
  close(): Promise<void>
}

/** Waits for something, asking every 50 ms for at most 20 s. */
async function until<Found>(what: string, find: () => Promise<Found | undefined>): Promise<Found> {
  const end = Date.now() + 20_000
  while (Date.now() < end) {
    const found = await find()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited in vain for ${what}`)
}

/** Starts a host on an empty data folder. */
export async function openOffice(): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-e2e-'))
  const host = startHost(['--data', folder, '--port', '0', '--callback-port', '0'])
  const ready = await host.ready
  const origin = new URL(ready.url).origin

  const api: Office['api'] = async (entry, input) => {
    const answer = await fetch(`${origin}/api/${entry}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ready.token}` },
      body: JSON.stringify(input),
    })
    const body = (await answer.json()) as { ok: boolean; result: never }
    if (!body.ok) throw new Error(`${entry}: ${JSON.stringify(body)}`)
    return body.result
  }

  const sandbox: Office['sandbox'] = async (path, body, method) => {
    const info = await api('system.info', {})
    const page = new URL(info.sandbox.pageUrl ?? '')
    const answer = await fetch(`${page.origin}/admin/${path}`, {
      method: method ?? 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${page.searchParams.get('token') ?? ''}` },
      body: body && JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  // What waits for seconds on purpose has tests of its own.
  await api('settings.set', { pace: unpaced })

  return {
    ready,
    api,
    sandbox,
    async openForBusiness(settings) {
      await api('sandbox.start', {})
      if (settings) await sandbox('settings', settings)
      await until('robots online', async () => {
        const { items } = await api('robots.list', {})
        return items.length === 3 && items.every((robot) => robot.state === 'online') ? true : undefined
      })
      const { items } = await api('robots.list', {})
      for (const robot of items) {
        await until('friends', async () => (await api('friends.list', { robotId: robot.id })).items[0])
      }
    },
    async close() {
      host.child.kill('SIGTERM')
      await host.ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Who writes to whom. */
export interface Contact {
  robotId: string
  robotSerialNo: string
  userId: string
  name: string
}

/** A friend of a robot, by the beginning of the name. */
export async function contactOf(office: Office, robotName: string, friendName: string): Promise<Contact> {
  const { items: robots } = await office.api('robots.list', {})
  const robot = robots.find((item) => item.name === robotName)
  if (!robot) throw new Error(`no robot ${robotName}`)
  const { items } = await office.api('friends.list', { robotId: robot.id, query: friendName })
  const friend = items.find((item) => item.name.startsWith(friendName))
  if (!friend) throw new Error(`no friend ${friendName}`)
  return { robotId: robot.id, robotSerialNo: robot.serialNo, userId: friend.id, name: friend.name }
}

/** The customer writes. */
export async function write(office: Office, from: Contact, text: string): Promise<void> {
  await office.sandbox('people/say', { robotSerialNo: from.robotSerialNo, userId: from.userId, text })
}

/** The account behind a robot of the sandbox, as it stands on its phone. */
export interface Account {
  readonly serialNo: string
  readonly username: string
  readonly password: string
}

export async function accountOf(office: Office, serialNo: string): Promise<Account> {
  const { robots } = (await office.sandbox('state', null, 'GET')) as { robots: Account[] }
  const account = robots.find((robot) => robot.serialNo === serialNo)
  if (!account) throw new Error(`the sandbox has no robot ${serialNo}`)
  return account
}
