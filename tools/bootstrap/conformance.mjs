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
 * @param {string[]} args files to run only these
 * @returns {Promise<number>} exit code
 */
export async function runConformance(node, args) {
  forgetResult(folder)
  const code = await run(node, [tool('tap'), ...options, ...args], {
    node,
    cwd: inRoot(folder),
    env: { PROXBOX_CONFORMANCE: 'real' }
  })
  const tally = readTally(folder)
  if (code !== 0 && tally.failed === 0) tally.failed = 1
  console.log(lineOf(tally))
  return code || (tally.failed > 0 ? 1 : 0)
}
