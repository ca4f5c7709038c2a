import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { Missing } from './missing.mjs'
import { inRoot, root } from './paths.mjs'

/**
 * A signal ends the whole command, not only the child of the moment.
 * @type {NodeJS.Signals | undefined}
 */
let stoppedBy

/**
 * Runs a program to its end in the terminal's process group. Ctrl-C reaches it from the terminal,
 * so it is only waited for; TERM and HUP come to this process alone and are passed on.
 * @param {string} program
 * @param {string[]} args
 * @param {{ node?: string, cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean,
 *   stdout?: 'inherit' | 2, keepLine?: (line: string) => boolean }} [options] node: put first on
 *   PATH, after .bin; keepLine: which lines of its output to show
 * @returns {Promise<number>} its exit code, 128 + n after signal n
 */
export async function run(program, args, options = {}) {
  if (stoppedBy) return codeOf(stoppedBy)
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: environment(options),
    shell: options.shell ?? false,
    stdio: ['inherit', options.keepLine ? 'pipe' : (options.stdout ?? 'inherit'), 'inherit']
  })
  if (child.stdout) showLines(child.stdout, options.keepLine)
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    stoppedBy = signal
    if (signal !== 'SIGINT') child.kill(signal)
  }
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  try {
    return await endOf(child, program)
  } finally {
    for (const signal of signals) process.off(signal, forward)
  }
}

/** @param {import('node:child_process').ChildProcess} child @param {string} program */
function endOf(child, program) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Missing(`${program} cannot be started: ${error.message}.`))
    )
    child.once('close', (code, signal) => resolve(signal ? codeOf(signal) : (code ?? 1)))
  })
}

/** @param {NodeJS.ReadableStream} input @param {(line: string) => boolean} [keepLine] */
function showLines(input, keepLine = () => true) {
  createInterface({ input }).on('line', (raw) => {
    const line = stripVTControlCharacters(raw)
    if (keepLine(line)) console.log(line)
  })
}

/** @param {NodeJS.Signals} signal */
const codeOf = (signal) => 128 + constants.signals[signal]

/** @param {{ node?: string, env?: NodeJS.ProcessEnv }} options */
function environment(options) {
  const own = { ...process.env, ...options.env }
  // Windows spells it Path.
  const name = Object.keys(own).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
  const folders = [inRoot('node_modules', '.bin')]
  if (options.node) folders.push(dirname(options.node))
  own[name] = [...folders, own[name] ?? ''].join(delimiter)
  own.TURBO_TELEMETRY_DISABLED = '1'
  own.TURBO_NO_UPDATE_NOTIFIER = '1'
  return own
}
