import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

export interface PythonWish {
  /** Tried first. */
  readonly preferred?: string | undefined
  /** Where `.pyenv` would be. */
  readonly userHome: string
  /** 3.<minimumMinor> is the oldest that will do. */
  readonly minimumMinor: number
}

/**
 * A Python that runs, is new enough and can make a venv. Every candidate is really run: a shim in the PATH may point at a
 * version that is not installed, and Debian's python3 may come without ensurepip.
 */
export async function findPython(wish: PythonWish, signal: AbortSignal): Promise<string> {
  const candidates = [
    ...(wish.preferred === undefined ? [] : [wish.preferred]),
    'python3.13',
    'python3.12',
    'python3',
    ...(await pyenvPythons(wish.userHome))
  ]
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (3, ${wish.minimumMinor}))`
  for (const candidate of candidates) {
    if (await works(candidate, check, signal)) return candidate
  }
  throw new Error(
    `no Python of at least 3.${wish.minimumMinor} found (tried ${candidates.join(', ')}); set PROXBOX_PYTHON`
  )
}

async function works(candidate: string, check: string, signal: AbortSignal): Promise<boolean> {
  try {
    await run(candidate, ['-c', check], { timeoutMs: 10_000 }, signal)
    return true
  } catch {
    signal.throwIfAborted()
    // Missing, too old or broken: the next one may do, and if none does the caller hears the whole list.
    return false
  }
}

async function pyenvPythons(userHome: string): Promise<string[]> {
  const folder = join(userHome, '.pyenv/versions')
  try {
    const versions = await readdir(folder)
    return versions
      .filter((version) => /^3\.1[2-9]/.test(version))
      .sort()
      .toReversed()
      .map((version) => join(folder, version, 'bin/python3'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
