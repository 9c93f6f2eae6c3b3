/** Steps that take a while: one line each, with the seconds that it took. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { root, say, setupDir } from './project.mjs'

/** A step that failed for a reason that has been put into words; shown without a stack. */
export class StepFailure extends Error {
  /**
   * @param {string} message cause and next step, one sentence
   * @param {string} [details] last lines of the output
   */
  constructor(message, details = '') {
    super(message)
    this.details = details
  }
}

/**
 * Runs a step and shows how long it took.
 *
 * @template T
 * @param {NodeJS.WriteStream} out
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(out, title, work) {
  const started = Date.now()
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`
  out.write(`${title} …`)
  // On a terminal the seconds run, so that a long step is seen to be alive.
  const ticking = out.isTTY ? setInterval(() => out.write(`\r${title} … ${seconds()}`), 1000) : undefined
  try {
    const result = await work()
    out.write(out.isTTY ? `\r${title} … ${seconds()}\n` : ` ${seconds()}\n`)
    return result
  } catch (error) {
    out.write(` ${say('failed', '失败')} (${seconds()})\n`)
    throw error
  } finally {
    clearInterval(ticking)
  }
}

/**
 * @typedef {object} RunOptions
 * @property {string} [log] name of a file in .setup that gets the whole output, afresh
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [limitMs] the program is ended after this time
 * @property {boolean} [shell]
 */

/**
 * Runs a program to its end without showing its output. A signal to this process ends the program too.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number | null, output: string, timedOut: boolean }>} `output`: the last 64 KiB
 */
export function run(command, args, { log, env = process.env, limitMs, shell = false } = {}) {
  const logFile = log && join(setupDir, log)
  if (logFile) {
    mkdirSync(setupDir, { recursive: true })
    writeFileSync(logFile, '')
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let timedOut = false
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      output = (output + chunk.toString()).slice(-65536)
      if (logFile) appendFileSync(logFile, chunk)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    /** @param {NodeJS.Signals} signal */
    const onSignal = (signal) => {
      child.kill(signal)
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
    const limit =
      limitMs &&
      setTimeout(() => {
        timedOut = true
        child.kill('SIGKILL')
      }, limitMs)
    const settle = () => {
      clearTimeout(limit || undefined)
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    }
    child.on('error', (error) => {
      settle()
      reject(error)
    })
    child.on('close', (code) => {
      settle()
      resolve({ code, output, timedOut })
    })
  })
}

/**
 * The last lines of an output, without colours.
 *
 * @param {string} output
 * @param {number} count
 */
export function lastLines(output, count) {
  return stripVTControlCharacters(output)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n')
}

/**
 * Runs a script's main part; a failure becomes its sentence and exit code 1.
 *
 * @param {() => Promise<void>} main
 */
export function runMain(main) {
  main().catch((error) => {
    if (error instanceof StepFailure) {
      process.stderr.write(`${error.details ? `\n${error.details}\n` : ''}\n${error.message}\n`)
    } else {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    }
    process.exit(1)
  })
}
