import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the servers for tests take from the environment: where binaries are kept, and how to find or install them. */
export function readTestEnvironment(): {
  cacheDir: string
  env: Readonly<Record<string, string | undefined>>
} {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return { cacheDir: join(cache, 'proxbox'), env: process.env }
}
