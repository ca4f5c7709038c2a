import { readFileSync, rmSync } from 'node:fs'
import { failuresIn } from './failures.mjs'
import { inRoot } from './paths.mjs'

/** @typedef {{ passed: number, failed: number }} Tally */

/**
 * Where .taprc has tap write its raw output: below a workspace, restored by turbo's cache.
 * @param {string} folder a workspace
 */
const resultOf = (folder) => inRoot(folder, '.tap', 'result.tap')

/** So that no result of an earlier run counts. @param {string} folder a workspace */
export const forgetResult = (folder) => rmSync(resultOf(folder), { force: true })

/**
 * What tap counted in a workspace. No result (it did not end) or not one assertion counts as one
 * failure: a suite that runs nothing must not look green.
 * @param {string} folder a workspace
 * @returns {Tally & { remark?: string, failures: import('./failures.mjs').Failure[] }}
 */
export function readTally(folder) {
  const text = textOf(resultOf(folder))
  const tally = text === undefined ? nothing('left no result') : tallyFrom(text)
  const failures = failuresIn(text ?? '')
  if (tally.remark !== undefined) failures.push({ name: '', message: tally.remark, details: [] })
  return { ...tally, failures }
}

/** @param {string} remark */
const nothing = (remark) => ({ passed: 0, failed: 1, remark })

/** @param {string} text raw TAP as tap 21 writes it @returns {Tally & { remark?: string }} */
function tallyFrom(text) {
  // Its last comment: `# { total: 66, pass: 65, fail: 1 }`; a count of zero is left out.
  const line = text.match(/^# \{ total: .*\}$/gm)?.at(-1)
  if (!line) return nothing('did not end')
  const count = (/** @type {string} */ name) =>
    Number(line.match(new RegExp(`\\b${name}: (\\d+)`))?.[1] ?? 0)
  if (count('total') === 0) return nothing('ran no test')
  return { passed: count('pass'), failed: count('fail') }
}

/** @param {Tally[]} tallies @returns {Tally} */
export function sumOf(tallies) {
  return tallies.reduce(
    (sum, tally) => ({ passed: sum.passed + tally.passed, failed: sum.failed + tally.failed }),
    { passed: 0, failed: 0 }
  )
}

/** The line that .ci/run reads. @param {Tally} tally */
export const lineOf = ({ passed, failed }) => `${passed} passed, ${failed} failed`

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
