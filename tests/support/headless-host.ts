/** Starts the built headless host as a process of its own, as a server would. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { inProject, projectNode } from '../../scripts/lib/project.mjs'

export interface ReadyLine {
  event: 'ready'
  url: string
  token: string
  callbackUrl: string
  pid: number
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface HostProcess {
  readonly child: ChildProcessWithoutNullStreams
  /** The parsed ready line; rejects when the process ends before. */
  readonly ready: Promise<ReadyLine>
  readonly ended: Promise<Ended>
  /** What it wrote so far. */
  readonly output: { stdout: string; stderr: string }
}

/** Follows a process that prints a ready line. */
export function follow(child: ChildProcessWithoutNullStreams): HostProcess {
  const output = { stdout: '', stderr: '' }
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal })
    })
  })
  const ready = new Promise<ReadyLine>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      try {
        resolve(JSON.parse(line) as ReadyLine)
      } catch {
        // A banner before it.
      }
    })
    void ended.then(({ code, signal }) => {
      reject(new Error(`ended with ${signal ?? code} before it was ready: ${output.stderr}`))
    })
  })
  // Who only looks at the end need not look at this.
  ready.catch(() => {})
  return { child, ready, ended, output }
}

/**
 * Starts the built host.
 *
 * @param args of the host
 * @param env beside this process's own; undefined takes a variable away
 */
export function startHost(args: string[], env: NodeJS.ProcessEnv = {}): HostProcess {
  const neutral = { LANG: 'C', LC_ALL: undefined, LC_MESSAGES: undefined }
  return follow(
    spawn(projectNode, [inProject('out/main/headless.js'), ...args], { env: { ...process.env, ...neutral, ...env } }),
  )
}
