import { readFile } from 'node:fs/promises'

/** A pid alone may be somebody else's after a while; with its start time it is one process. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat; undefined where there is no /proc. */
  readonly startTicks: number | undefined
}

export async function identityOf(pid: number): Promise<ProcessIdentity> {
  return { pid, startTicks: (await readStat(pid))?.startTicks }
}

/** True while exactly this process lives; a zombie does not. Without start time: false, so that no stranger is ended. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await readStat(identity.pid)
  return (
    now !== undefined &&
    now.state !== 'Z' &&
    now.state !== 'X' &&
    now.startTicks === identity.startTicks
  )
}

async function readStat(pid: number): Promise<{ state: string; startTicks: number } | undefined> {
  let text: string
  try {
    text = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
  // proc(5): the second field is the name in brackets and may hold anything; field 3 comes after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? 'X', startTicks: Number(fields[19]) }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
  )
}
