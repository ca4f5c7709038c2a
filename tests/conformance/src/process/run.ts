import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { environmentWith } from '../config.ts'

const exec = promisify(execFile)

export interface RunOptions {
  readonly timeoutMs: number
  /** On top of our own environment: secrets belong here, never among the arguments. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
}

/** A program could not be started, failed, or took too long; the message ends with the last it said. */
class RunFailed extends Error {}

/** Runs a program to its end and returns its standard output. Throws RunFailed. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
  signal: AbortSignal
): Promise<string> {
  const { timeoutMs, env = {}, ...rest } = options
  try {
    const { stdout } = await exec(command, [...args], {
      ...rest,
      env: environmentWith(env),
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
      signal
    })
    return stdout
  } catch (error) {
    signal.throwIfAborted()
    throw new RunFailed(`${command} failed: ${tailOf(error)}`, { cause: error })
  }
}

function tailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : ''
  if ('killed' in error && error.killed === true)
    return `ended after its time limit. ${said.slice(-800)}`
  return said === '' ? error.message : said.slice(-800)
}
