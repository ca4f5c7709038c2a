import { failureLines } from './failures.mjs'
import { Missing } from './missing.mjs'
import { run } from './run.mjs'
import { forgetResult, lineOf, readTally, sumOf } from './tally.mjs'
import { tool } from './tool.mjs'
import { sortedByTests } from './workspaces.mjs'

/**
 * `npm test`: every workspace with tests, one after the other, unchanged ones from turbo's cache.
 * @param {string} node
 * @param {string[]} args workspace folders to run only these; the rest goes to turbo
 * @returns {Promise<number>} exit code
 */
export async function runTests(node, args) {
  const { tally, code, failed } = await testAll(node, args)
  for (const line of failed) console.log(line)
  console.log(lineOf(tally))
  return code
}

/**
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<{ tally: import('./tally.mjs').Tally, code: number, failed: string[] }>} failed: lines that name each
 *   failed test, for the end of the output
 */
export async function testAll(node, args) {
  const { chosen, untested } = choose(args)
  for (const { folder } of chosen) forgetResult(folder)
  const filters = chosen.map(({ name }) => `--filter=${name}`)
  const options = args.filter((arg) => arg.startsWith('-'))
  const turbo = ['run', 'test', '--concurrency=1', '--continue', '--output-logs=new-only']
  const code = await run(
    node,
    [tool('turbo'), ...turbo, ...forced(), ...filters, ...options],
    // The real NetBox has its own command, `npm run test:netbox`.
    { node, env: { PROXBOX_CONFORMANCE: undefined }, keepLine: isNoFrame }
  )
  const results = chosen.map(({ folder }) => ({ folder, ...readTally(folder) }))
  for (const result of results) {
    console.log(`${result.folder.padEnd(24)} ${lineOf(result)} ${result.remark ?? ''}`.trimEnd())
  }
  for (const { folder } of untested) console.log(`${folder.padEnd(24)} has no tests`)
  const tally = sumOf(results)
  // turbo or tap may fail without a failed assertion: a coverage threshold, a broken turbo.json.
  const failed = results.flatMap(({ folder, failures }) => failureLines(folder, failures))
  if (code !== 0 && tally.failed === 0) {
    tally.failed = 1
    const message = `ended with ${code} and without a failed test: see its output above`
    failed.push(...failureLines('turbo run test', [{ name: '', message, details: [] }]))
  }
  return { tally, failed, code: code || (tally.failed > 0 || tally.passed === 0 ? 1 : 0) }
}

/**
 * tap's `base` reporter tells most about a failure, but off a terminal it prints every frame of its
 * animation; its other reporters hide what a crashed file said, or print every assertion.
 * @param {string} line as turbo prints it, with the task in front
 */
function isNoFrame(line) {
  const text = line.replace(/^\S+:test: ?/, '')
  return !/^ RUNS |^(Asserts|Suites): .* complete$|^\s*$/.test(text)
}

/** @param {string[]} args */
function choose(args) {
  const folders = args.filter((arg) => !arg.startsWith('-')).map((arg) => arg.replace(/\/+$/, ''))
  const { tested, untested } = sortedByTests()
  if (folders.length === 0) return { chosen: tested, untested }
  const chosen = tested.filter(({ folder }) => folders.includes(folder))
  const unknown = folders.filter((folder) => !chosen.some((found) => found.folder === folder))
  if (unknown.length > 0) throw new Missing(`there are no tests in ${unknown.join(', ')}.`)
  return { chosen, untested: [] }
}

/** turbo passes these on without hashing them: a result made with others would be restored. */
function forced() {
  return process.env.NATS_URL || process.env.DATABASE_URL ? ['--force'] : []
}
