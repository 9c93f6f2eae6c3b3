/** The platform is reached the way that the system, or the operator, wants: the built application and a real proxy. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { callAsPage, desktopLife, quit } from '../../support/desktop-life.ts'

vi.setConfig({ testTimeout: 120_000 })

const { started } = desktopLife()

/* A proxy that answers by itself: the gateway is nowhere. */
let proxy: Server
let asked: string[] = []
beforeEach(async () => {
  asked = []
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ vcSuccess: 'true', vcSerialNo: 's1' }))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  proxy.closeAllConnections()
  proxy.close()
})

it('goes through the system’s proxy, through none, or through the operator’s own, from the next call on', async () => {
  const server = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const application = await started(undefined, { STAND_IN_PROXY: `SOCKS4 old.example:1; PROXY ${server}; DIRECT` })
  const set = async (changes: object): Promise<void> => {
    expect(await callAsPage(application, 'desktop.set', changes, 'desktop-call')).toMatchObject({ ok: true })
  }
  const saved = (await callAsPage(application, 'connections.save', {
    ...{ name: 'C', gatewayUrl: 'http://gateway.invalid/api', appId: 'a', merchantNo: 'm', methodPrefix: 'xx.xx' },
  })) as { result: { id: string } }
  const calls = async (): Promise<{ result?: { success: boolean }; error?: { code: string } }> =>
    (await callAsPage(application, 'platform.getFriendList', {
      ...{ connectionId: saved.result.id, vcRobotSerialNo: '1' },
    })) as never

  expect(await calls()).toMatchObject({ ok: true, result: { success: true } })
  expect(asked).toEqual(['POST http://gateway.invalid/api'])
  await set({ proxy: { mode: 'none' } })
  expect(await calls()).toMatchObject({ ok: false })
  expect(asked).toHaveLength(1)
  await set({ proxy: { mode: 'own', server } })
  expect(await calls()).toMatchObject({ ok: true })
  expect(asked).toHaveLength(2)
  expect(await quit(application)).toBe(0)
})
