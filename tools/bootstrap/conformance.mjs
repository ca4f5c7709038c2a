import { parseArgs } from 'node:util'
import { failureLines } from './failures.mjs'
import { Missing } from './missing.mjs'
import { inRoot } from './paths.mjs'
import { run } from './run.mjs'
import { forgetResult, lineOf, readTally } from './tally.mjs'
import { tool } from './tool.mjs'

const folder = 'tests/conformance'

// Seconds a test file. The first one installs NetBox: 56 s of pip and 262 s of migrations on two
// idle cores; a slow line or a shared machine takes several times that.
const timeoutS = 2400
const options = [`--timeout=${timeoutS}`, '--jobs=1', '--disable-coverage']

/**
 * `npm run test:netbox`: the conformance scenarios against a real NetBox, never from a cache.
 * @param {string} node
 * @param {string[]} args `--netbox-version X`, and test files to run only these
 * @returns {Promise<number>} exit code
 */
export async function runConformance(node, args) {
  const { files, env } = understand(args)
  forgetResult(folder)
  const code = await run(node, [tool('tap'), ...options, ...files], {
    node,
    cwd: inRoot(folder),
    env: { ...env, PROXBOX_CONFORMANCE: 'real' }
  })
  const tally = readTally(folder)
  if (code !== 0 && tally.failed === 0) {
    tally.failed = 1
    const message = `ended with ${code} and without a failed test: see its output above`
    tally.failures.push({ name: '', message, details: [] })
  }
  // The reporter's last words are a cursor code without a line end.
  console.log('')
  for (const line of failureLines(folder, tally.failures)) console.log(line)
  console.log(lineOf(tally))
  return code || (tally.failed > 0 ? 1 : 0)
}

/** @param {string[]} args @returns {{ files: string[], env: NodeJS.ProcessEnv }} */
function understand(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { 'netbox-version': { type: 'string' } },
      allowPositionals: true
    })
    const version = values['netbox-version']
    return { files: positionals, env: version ? { PROXBOX_NETBOX_VERSION: version } : {} }
  } catch (error) {
    // parseArgs says which argument it is.
    const usage = '(usage: test:netbox [--netbox-version X] [files])'
    throw new Missing(`${error.message} ${usage}`, { cause: error })
  }
}
