import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readIfThere } from './home.ts'

const run = promisify(execFile)
const attempts = 3

/** Another living process runs the stack on this home. */
class HomeInUse extends Error {
  constructor(home: string, pid: number) {
    super(
      `Proxbox already runs on ${home} (process ${pid}): stop it first, or give this one a PROXBOX_HOME of its own.`
    )
    this.name = 'HomeInUse'
  }
}

/**
 * Marks this process as the only one that runs the stack on a home; what a killed process left is taken over.
 *
 * @returns what gives the home free again.
 * @throws HomeInUse when another living process holds it.
 */
export async function holdHome(home: string): Promise<() => Promise<void>> {
  const path = join(home, 'owner')
  const own = `${process.pid}\n${await birthOf(process.pid)}`
  for (let attempt = 1; ; attempt += 1) {
    if (await isPlaced(path, own)) return () => rm(path, { force: true })
    if (attempt === attempts) throw new Error(`${path} is taken again and again`)
    await removeStale(home, path)
  }
}

/** The file appears with what is in it: one that is still empty would be taken for a killed process's. */
async function isPlaced(path: string, text: string): Promise<boolean> {
  const whole = `${path}.${randomUUID()}`
  await writeFile(whole, text, { mode: 0o600 })
  try {
    await link(whole, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(whole, { force: true })
  }
}

async function removeStale(home: string, path: string): Promise<void> {
  const [pid = '', birth = ''] = ((await readIfThere(path)) ?? '').split('\n')
  if (Number(pid) > 0 && birth !== '' && (await birthOf(Number(pid))) === birth)
    throw new HomeInUse(home, Number(pid))
  await rm(path, { force: true })
}

/** When a process began: a pid alone may have been given to another one since. '' when there is no such process. */
async function birthOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // proc(5): the name, field 2, may hold spaces and ends at the last parenthesis; starttime is field 22.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  }
  const reply = await run('ps', ['-p', String(pid), '-o', 'lstart='], { timeout: 5000 }).catch(
    () => ({ stdout: '' })
  )
  return reply.stdout.trim()
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
