import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/** Asks a process to end, waits, and then ends its whole group. Ending what has ended is fine. */
export async function endProcess(
  identity: ProcessIdentity,
  stopSignal: NodeJS.Signals,
  graceMs = 10_000
): Promise<void> {
  if (!(await isAlive(identity))) return
  signalProcess(identity.pid, stopSignal)
  const end = Date.now() + graceMs
  while (Date.now() < end) {
    if (!(await isAlive(identity))) return
    await sleep(50)
  }
  // Every child leads a group of its own, see start-child.ts.
  signalProcess(-identity.pid, 'SIGKILL')
}

/** Sends a signal to a pid, or with a minus to a group; one that has ended is no error. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
