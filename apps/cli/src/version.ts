import { readFileSync } from 'node:fs'

/** Of this program, as its package.json says. */
export const version: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const manifest: { version: string } = JSON.parse(text) // ours, in the same checkout
  return manifest.version
}
