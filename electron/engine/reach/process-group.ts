/** Ends a program with all that it started: by the one who started it, or, where that one dies, by a guard. */
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'

/** Where a program leads a group of its own that can be ended as a whole. */
export const hasGroups = process.platform !== 'win32'

/** Sends a signal to a program that leads a group, and to all who belong to it. */
export function signalGroup({ pid }: Pick<ChildProcess, 'pid'>, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  if (!hasGroups) {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on('error', () => {})
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of it is left.
  }
}

/** How long those who were killed may take to be gone, and how often it is looked for them, in milliseconds. */
const goneMs = 500
const lookMs = 10

/**
 * Kills whoever is left of a group whose leader has ended, and waits until they are gone. Nothing on Windows: there the
 * leader's number may be another program's by then.
 */
export async function killGroup(leader: Pick<ChildProcess, 'pid'>): Promise<void> {
  if (!hasGroups || leader.pid === undefined) return
  signalGroup(leader, 'SIGKILL')
  for (const end = performance.now() + goneMs; performance.now() < end;) {
    try {
      process.kill(-leader.pid, 0)
    } catch {
      return
    }
    await wait(lookMs)
  }
}

/**
 * It reads a line that nobody writes while all is well. The end of its input without that line means that whoever holds
 * the other end is gone, even by SIGKILL, which lets nobody tidy up.
 */
const guardScript = `read -r word
[ "$word" = done ] && exit 0
kill -s TERM -- "-$1" 2>/dev/null
sleep "$2"
kill -s KILL -- "-$1" 2>/dev/null`

/** How long what is left behind has to end by itself, in seconds. */
const graceSeconds = 3

/**
 * Sees to it that a group of processes does not outlive this one. Not on Windows, which has no groups.
 *
 * @returns ends the guard, and nothing else
 */
export function guardGroup({ pid }: Pick<ChildProcess, 'pid'>): () => void {
  if (!hasGroups || pid === undefined) return () => undefined
  const guard = spawn('/bin/sh', ['-c', guardScript, 'switchboard-guard', String(pid), String(graceSeconds)], {
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    // A signal for this process and its group is not meant for it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => undefined)
  guard.stdin.on('error', () => undefined)
  guard.unref()
  return () => guard.stdin.end('done\n')
}
