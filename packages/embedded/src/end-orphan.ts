import { execFile } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { sendSignal } from './spawn-child.ts'

const run = promisify(execFile)
const pollMs = 25

/**
 * Ends the server whose pid is in a pid file, if that process is still ours: its command line holds every one of `marks`
 * (a pid may have been given to a stranger since). Signals are sent in turn, each with its time in ms.
 *
 * @returns 'none' without a living process, 'ended', or 'stranger' when the number belongs to another program.
 * @throws when the process does not end, or the signal aborts.
 */
export async function endOrphan(
  options: {
    pidFile: string
    marks: readonly string[]
    stopSignals: readonly (readonly [NodeJS.Signals, number])[]
  },
  signal?: AbortSignal
): Promise<'none' | 'ended' | 'stranger'> {
  const pid = Number.parseInt((await readIfThere(options.pidFile))?.split('\n')[0] ?? '', 10)
  if (!(pid > 0)) return 'none'
  const command = await readCommandLine(pid)
  if (command === undefined) return 'none'
  if (!options.marks.every((mark) => command.includes(mark))) return 'stranger'
  for (const [name, timeoutMs] of [...options.stopSignals, ['SIGKILL', 5_000] as const]) {
    if (!sendSignal(pid, name)) return 'ended'
    for (let waited = 0; waited < timeoutMs; waited += pollMs) {
      await sleep(pollMs, undefined, { signal })
      if ((await readCommandLine(pid)) !== command) return 'ended'
    }
  }
  throw new Error(`process ${pid} (${options.pidFile}) cannot be ended`)
}

/**
 * Notes this process as the user of a data folder, so that a server found running there is an orphan and not the child
 * of another living supervisor.
 *
 * @throws when another living process holds the folder.
 */
export async function claimFolder(dataDir: string): Promise<void> {
  const path = join(dataDir, 'owner')
  const [pid = '', ...rest] = ((await readIfThere(path)) ?? '').split('\n')
  const other = Number(pid)
  if (other > 0 && other !== process.pid && (await readCommandLine(other)) === rest.join('\n')) {
    throw new Error(`${dataDir} is in use by process ${other}; stop that one first`)
  }
  await writeFile(`${path}.new`, `${process.pid}\n${await readCommandLine(process.pid)}`)
  await rename(`${path}.new`, path)
}

/** The command line of a living process, undefined when there is none; a zombie counts as none. */
export async function readCommandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    // Images without procps have no ps. The text is empty for a zombie.
    const text = await readIfThere(`/proc/${pid}/cmdline`)
    return text?.replaceAll('\0', ' ').trim() || undefined
  }
  try {
    const { stdout } = await run('ps', ['-p', String(pid), '-o', 'args='], { timeout: 5_000 })
    return stdout.trim() || undefined
  } catch (error) {
    // ps exits 1 when it lists no process.
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined
    throw error
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // ESRCH: the process ended between open and read.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
