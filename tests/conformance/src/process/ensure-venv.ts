import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

export interface Venv {
  readonly python: string
  /** A program the packages brought. */
  program(name: string): string
}

export interface VenvOptions {
  readonly folder: string
  /** As pip reads them, e.g. `netbox==4.7.3`. */
  readonly packages: readonly string[]
  readonly findPython: () => Promise<string>
  readonly log: (line: string) => void
}

/** A virtual environment with exactly these packages asked for; made again when the list changed or a try was cut short. */
export async function ensureVenv(options: VenvOptions, signal: AbortSignal): Promise<Venv> {
  const { folder, packages, log } = options
  const venv = venvIn(folder)
  const marker = join(folder, '.installed')
  const wanted = packages.join(' ')
  if ((await readIfThere(marker)) === wanted) return venv
  const python = await options.findPython()
  log(`pip install ${wanted} with ${python}`)
  await rm(folder, { recursive: true, force: true })
  await run(python, ['-m', 'venv', folder], { timeoutMs: 120_000 }, signal)
  await run(
    venv.python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
    // psycopg is compiled; 56 s measured on two cores.
    { timeoutMs: 900_000 },
    signal
  )
  await writeFile(marker, wanted)
  return venv
}

/** Pure: where the programs of a virtual environment are. */
export const venvIn = (folder: string): Venv => ({
  python: join(folder, 'bin/python'),
  program: (name) => join(folder, 'bin', name)
})

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
