import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './checkout.ts'

/** How a tool ended and what it said, without colours. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly text: string
}

/** The command of a package, where it is not called like the package. */
const commandOf: Readonly<Record<string, string>> = { '@biomejs/biome': 'biome', typescript: 'tsc' }

/**
 * Runs a tool of our node_modules in a folder and waits for it, 60 s at most.
 * @param tool the package and its arguments
 */
export function runTool(cwd: string, tool: readonly [string, ...string[]]): Outcome {
  const [name, ...args] = tool
  // tap adds NODE_OPTIONS to whatever is spawned, and tsc's launcher does not start with it.
  const ended = spawnSync(
    'env',
    ['-u', 'NODE_OPTIONS', process.execPath, scriptOf(name), ...args],
    {
      cwd,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...cleanEnvironment(), TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' }
    }
  )
  if (ended.error) throw ended.error
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
  const text = `${ended.stdout}${ended.stderr}`.replace(escapes, '')
  return { code: ended.status ?? 1, stdout: ended.stdout, text }
}

function scriptOf(name: string): string {
  const folder = join(root, 'node_modules', name)
  // An installed package: npm has validated its manifest.
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const command = commandOf[name] ?? name
  const script = typeof bin === 'string' ? bin : bin[command]
  if (script === undefined) throw new Error(`${name} has no command ${command}`)
  return join(folder, script)
}

/** Ours without the settings that tap leaves for its own children. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const added = /^(TAP|_TAPJS|NODE_OPTIONS$|npm_|FORCE_COLOR$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)))
}
