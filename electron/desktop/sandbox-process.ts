/** Runs the sandbox as a utility process: a packaged application cannot run as Node, but it can do this. */
import type { UtilityProcess } from 'electron'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { SandboxProcess } from '#engine/types.ts'
import type { Log } from './log.ts'

const readyShape = z.object({
  event: z.literal('ready'),
  url: z.url(),
  pageUrl: z.url(),
  adminToken: z.string().min(1),
})

export interface SandboxLimits {
  /** How long the sandbox may take until it is ready, in milliseconds. */
  readonly readyMs: number
  /** How long it may take to end before nobody waits for it any more, in milliseconds. */
  readonly stopMs: number
}

/** Reads what a process says on standard error: all into the log, the last line for who asks. */
function readErrors(child: UtilityProcess, log: Log): () => string {
  let last = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').map((part) => part.trim())) {
      if (line === '') continue
      last = line.slice(0, 300)
      log.debug({ line: last }, 'sandbox')
    }
  })
  return () => last
}

/**
 * Waits until a forked sandbox is ready.
 *
 * @param child just forked, with standard error as a pipe
 * @throws AppError sandbox-failed when it ends first or takes too long; it is not left running then
 */
export async function superviseSandbox(
  child: UtilityProcess,
  log: Log,
  limits: SandboxLimits = { readyMs: 15_000, stopMs: 5_000 },
): Promise<SandboxProcess> {
  const lastError = readErrors(child, log)
  const ended = new Promise<number>((resolve) => {
    child.once('exit', resolve)
  })
  const ready = await new Promise<z.infer<typeof readyShape>>((resolve, reject) => {
    const fail = (problem: string): void => {
      clearTimeout(timer)
      reject(new AppError('sandbox-failed', { problem }))
    }
    const timer = setTimeout(() => {
      child.kill()
      fail(`not ready after ${limits.readyMs / 1000} s`)
    }, limits.readyMs)
    void ended.then((code) => {
      fail(lastError() || `exit code ${code}`)
    })
    child.on('message', (message: unknown) => {
      const parsed = readyShape.safeParse(message)
      if (!parsed.success) return
      clearTimeout(timer)
      resolve(parsed.data)
    })
  })
  return {
    url: ready.url,
    pageUrl: ready.pageUrl,
    adminToken: ready.adminToken,
    ended: ended.then(() => undefined),
    async stop() {
      child.kill()
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limits.stopMs)))
      await Promise.race([ended, limit])
      clearTimeout(timer)
    },
  }
}
