/** Which of the desktop's own entries answer while the window is locked. */
import { expect, it } from 'vitest'
import { serveDesktop, type DesktopHandlers } from '../../../electron/desktop/desktop-ipc.ts'
import { desktopEntries } from '../../../shared/contract/desktop.ts'
import { silentLog } from '../../support/fake-engine.ts'

type Handler = (event: object, payload: unknown) => Promise<{ ok: boolean; error?: { code: string } }>

const choice = { address: 'https://chat.example.com', token: 'a-token', authority: '' }
const inputs: Record<string, object> = { 'server.test': choice, 'server.use': choice, 'server.own': { forget: false } }

/** @returns the entries that were carried out, of all */
async function openOnes(isLocked: boolean, isAway: boolean): Promise<string[]> {
  let handler: Handler | undefined
  const handlers = Object.fromEntries(Object.keys(desktopEntries).map((entry) => [entry, () => ({})]))
  const ipcMain = { handle: (_channel: string, given: Handler) => void (handler = given), removeHandler() {} }
  serveDesktop(ipcMain as never, handlers as unknown as DesktopHandlers, {
    isLocked: () => isLocked,
    isAway: () => isAway,
    window: () => null,
    log: { ...silentLog, fatal() {} } as never,
  })
  const senderFrame = { url: 'app://switchboard/inbox', parent: null }
  const open: string[] = []
  for (const entry of Object.keys(desktopEntries)) {
    const payload = { entry, input: inputs[entry] ?? {}, locale: 'en' }
    const answer = await handler?.({ senderFrame }, payload)
    if (answer?.ok) open.push(entry)
    else expect(answer?.error?.code, entry).toBe('locked')
  }
  return open.toSorted()
}

const ways = ['desktop.get', 'desktop.restart', 'server.own', 'server.retry', 'server.test', 'server.use']

it('unlocked all do; locked none, but the ways back from a server that is not reached', async () => {
  expect(await openOnes(false, false)).toEqual(Object.keys(desktopEntries).toSorted())
  expect(await openOnes(true, false)).toEqual([])
  expect(await openOnes(true, true)).toEqual(ways)
})
