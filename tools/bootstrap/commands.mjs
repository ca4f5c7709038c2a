import { existsSync } from 'node:fs'
import { runCheck } from './check.mjs'
import { runConformance } from './conformance.mjs'
import { Missing } from './missing.mjs'
import { inRoot } from './paths.mjs'
import { run } from './run.mjs'
import { runTests } from './test.mjs'

/**
 * @typedef {{ usesTap?: boolean, run: (node: string, args: string[]) => Promise<number> }} Command
 * @type {Record<string, Command>}
 */
export const commands = {
  start: { run: (node, args) => runFile(node, 'apps/cli/bin/proxbox.mjs', ['up', ...args]) },
  demo: { run: (node, args) => runFile(node, 'apps/cli/bin/proxbox.mjs', ['demo', ...args]) },
  test: { usesTap: true, run: runTests },
  check: { usesTap: true, run: runCheck },
  'test:netbox': { usesTap: true, run: runConformance },
  bench: { run: (node, args) => runFile(node, 'tests/load/bin/bench.ts', args) }
}

/** @param {string} node @param {string} file below the checkout @param {string[]} args */
function runFile(node, file, args) {
  if (!existsSync(inRoot(file))) throw new Missing(`${file} is missing from this checkout.`)
  return run(node, [inRoot(file), ...args], { node })
}
