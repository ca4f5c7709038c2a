#!/usr/bin/env node
// Runs the command with the Node that comes with the project, whatever Node (≥ 20) started this file.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const wanted = 24
const packages = [
  `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
  `node-bin-${process.platform}-${process.arch}`
]

/** Path of the packaged Node, or undefined when none was installed for this platform. */
function packagedNode() {
  const require = createRequire(import.meta.url)
  for (const name of packages) {
    try {
      const path = join(
        dirname(require.resolve(`${name}/package.json`)),
        'bin',
        process.platform === 'win32' ? 'node.exe' : 'node'
      )
      if (existsSync(path)) return path
    } catch {
      // Not installed: of these packages npm takes the one of this platform, if there is one.
    }
  }
  return undefined
}

if (Number(process.versions.node.split('.')[0]) >= wanted) {
  await import(main)
} else {
  const node = packagedNode()
  if (node === undefined) {
    console.error(
      `proxbox needs Node ${wanted} or newer, and no packaged one was installed for ${process.platform}-${process.arch}: run "npm ci" or install Node ${wanted}.`
    )
    process.exit(1)
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {}) // the terminal sends it to the child as well, which ends in order
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)))
}
