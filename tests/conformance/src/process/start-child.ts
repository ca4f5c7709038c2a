import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { environmentWith } from '../config.ts'
import { endProcess } from './end-process.ts'
import { identityOf, type ProcessIdentity } from './process-identity.ts'

export interface ChildDescription {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid?: number
  readonly gid?: number
  /** What asks it to end in order. */
  readonly stopSignal: NodeJS.Signals
  /** After that its group is killed; 10 s when it has data to write. */
  readonly graceMs?: number
  /** Folder of `<name>.pid` (read at the next start, should we be killed) and `<name>.log`. */
  readonly runFolder: string
}

export interface Child {
  readonly name: string
  readonly pid: number
  readonly stopSignal: NodeJS.Signals
  isRunning(): boolean
  /** The last lines of its log. */
  tail(): Promise<string>
  stop(): Promise<void>
}

/** Starts a server in a process group of its own, so that Ctrl-C reaches us alone and we choose the order of ends. */
export async function startChild(description: ChildDescription): Promise<Child> {
  const { name, command, args, env = {}, cwd, runFolder, stopSignal } = description
  const { uid, gid, graceMs } = description
  const logFile = join(runFolder, `${name}.log`)
  const pidFile = join(runFolder, `${name}.pid`)
  const log = await open(logFile, 'w')
  let child: ChildProcess
  try {
    child = spawn(command, args, {
      cwd,
      env: environmentWith(env),
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid })
    })
    await once(child, 'spawn')
  } finally {
    await log.close()
  }
  const identity = await identityOf(pidOf(child))
  await writeFile(pidFile, JSON.stringify({ ...identity, stopSignal }))
  return {
    name,
    pid: identity.pid,
    stopSignal,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    tail: async () => (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-12).join('\n'),
    stop: async () => {
      await endProcess(identity, stopSignal, graceMs)
      await rm(pidFile, { force: true })
    }
  }
}

/** Ends what a killed predecessor left behind in this folder, by the pid files it wrote. */
export async function endOrphans(runFolder: string, names: readonly string[]): Promise<string[]> {
  const ended: string[] = []
  for (const name of names) {
    const file = join(runFolder, `${name}.pid`)
    const orphan = await readPidFile(file)
    if (orphan === undefined) continue
    await endProcess(orphan, orphan.stopSignal)
    await rm(file, { force: true })
    ended.push(name)
  }
  return ended
}

async function readPidFile(
  file: string
): Promise<(ProcessIdentity & { stopSignal: NodeJS.Signals }) | undefined> {
  try {
    // Written by startChild above.
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity & {
      stopSignal: NodeJS.Signals
    }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a spawned process has no pid')
  return child.pid
}
