/** Starts the sandbox as a child process that ends when this one does. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { Logger, SandboxProcess } from '#engine/types.ts'

const startLimitMs = 15_000
const stopLimitMs = 5_000

const readyLine = z.object({ event: z.literal('ready'), url: z.url(), pageUrl: z.url(), adminToken: z.string().min(1) })

/* The last words of a program that logs either plain lines or JSON ones. */
const wordsOf = (line: string): string => {
  try {
    const parsed = z.object({ msg: z.string() }).safeParse(JSON.parse(line))
    if (parsed.success) return parsed.data.msg.slice(0, 300)
  } catch {
    // A plain line.
  }
  return line.slice(0, 300)
}

const parseReady = (line: string): z.output<typeof readyLine> | undefined => {
  try {
    return readyLine.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

/**
 * Starts the sandbox and waits until it is ready.
 *
 * @param entry path of the sandbox program
 * @param stateDir folder in which it keeps its state
 * @throws AppError sandbox-failed with its last words
 */
export async function startSandboxProcess(entry: string, stateDir: string, log: Logger): Promise<SandboxProcess> {
  const {
    SWITCHBOARD_PASSPHRASE: _passphrase,
    SWITCHBOARD_TOKEN: _token,
    SWITCHBOARD_MONITOR_TOKEN: _monitorToken,
    ...env
  } = process.env
  const child = spawn(process.execPath, [entry, '--state', stateDir, '--with-parent'], { env })
  // What it is told after its end is told to nobody.
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve()
    })
    child.once('error', () => {
      resolve()
    })
  })

  let lastWords = ''
  createInterface(child.stderr).on('line', (line) => {
    if (line.trim() === '') return
    lastWords = wordsOf(line)
    log.debug({ line }, 'sandbox')
  })
  const stop = async (): Promise<void> => {
    child.stdin.end()
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await ended
    clearTimeout(force)
  }

  const failed = (problem: string): AppError => new AppError('sandbox-failed', { problem })
  const timer = new AbortController()
  try {
    const ready = await new Promise<z.output<typeof readyLine>>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        const parsed = parseReady(line)
        if (parsed) resolve(parsed)
      })
      child.once('error', (error) => {
        reject(failed(error.message))
      })
      // `close` comes after the last line of its standard error.
      child.once('close', (code, signal) => {
        reject(failed(lastWords || `it ended with ${signal ?? `code ${code}`}`))
      })
      const timeout = setTimeout(() => {
        reject(failed(`no answer within ${startLimitMs / 1000} s${lastWords ? `; ${lastWords}` : ''}`))
      }, startLimitMs)
      timer.signal.addEventListener('abort', () => {
        clearTimeout(timeout)
      })
    })
    return { url: ready.url, pageUrl: ready.pageUrl, adminToken: ready.adminToken, ended, stop }
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await stop()
    throw error
  } finally {
    timer.abort()
  }
}
