import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { superviseSandbox } from '../../../electron/desktop/sandbox-process.ts'

const ready = {
  event: 'ready',
  url: 'http://127.0.0.1:4000',
  pageUrl: 'http://127.0.0.1:4000/?token=t',
  adminToken: 't',
}
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), fatal: vi.fn() }
const limits = { readyMs: 100, stopMs: 50 }

class FakeProcess extends EventEmitter {
  readonly stderr = new PassThrough()
  killed = 0
  obeys = true
  kill(): boolean {
    this.killed += 1
    if (this.obeys) setImmediate(() => this.emit('exit', 15))
    return true
  }
}

const supervise = (child: FakeProcess) =>
  superviseSandbox(child as unknown as Parameters<typeof superviseSandbox>[0], log, limits)

describe('the sandbox as a utility process', () => {
  it('is ready when it says so, and ends when it is told to', async () => {
    const child = new FakeProcess()
    const starting = supervise(child)
    child.emit('message', 'noise')
    child.emit('message', { event: 'ready', url: 'not an address' })
    child.emit('message', ready)
    const sandbox = await starting
    expect(sandbox).toMatchObject({ url: ready.url, pageUrl: ready.pageUrl, adminToken: 't' })
    await sandbox.stop()
    await sandbox.ended
    expect(child.killed).toBe(1)
  })
  it('fails with its last words when it ends first', async () => {
    const child = new FakeProcess()
    const starting = supervise(child)
    child.stderr.write('one\nthe port is taken\n\n')
    setTimeout(() => child.emit('exit', 1), 10)
    await expect(starting).rejects.toMatchObject({ code: 'sandbox-failed', params: { problem: 'the port is taken' } })
  })
  it('fails with its exit code when it said nothing', async () => {
    const child = new FakeProcess()
    const starting = supervise(child)
    child.emit('exit', 3)
    await expect(starting).rejects.toMatchObject({ params: { problem: 'exit code 3' } })
  })
  it('is not left running when it takes too long', async () => {
    const child = new FakeProcess()
    await expect(supervise(child)).rejects.toMatchObject({ code: 'sandbox-failed' })
    expect(child.killed).toBe(1)
  })
  it('is not waited for for ever', async () => {
    const child = new FakeProcess()
    child.obeys = false
    const starting = supervise(child)
    child.emit('message', ready)
    await (await starting).stop()
    expect(child.killed).toBe(1)
  })
})
