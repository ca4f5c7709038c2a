import { failureLines } from './failures.mjs'
import { run } from './run.mjs'
import { lineOf, sumOf } from './tally.mjs'
import { testAll } from './test.mjs'
import { tool } from './tool.mjs'

const quietly = ['--continue', '--output-logs=new-only']

/** Every gate runs, also after a red one: a person wants the whole list at once. */
const gates = [
  {
    name: 'lint and format',
    script: () => [tool('@biomejs/biome', 'biome'), 'check', '--error-on-warnings', '.']
  },
  { name: 'boundaries', script: () => [tool('turbo'), 'boundaries'] },
  {
    name: 'types',
    script: () => [tool('turbo'), 'run', 'typecheck', '--concurrency=2', ...quietly]
  },
  { name: 'types of tools', script: () => [tool('typescript', 'tsc'), '--noEmit', '-p', 'tools'] },
  { name: 'dead code', script: () => [tool('knip'), '--no-progress', '--no-config-hints'] }
]

/**
 * `npm run check`: the gates, then all tests.
 * @param {string} node
 * @param {string[]} args as for `npm test`
 * @returns {Promise<number>} exit code
 */
export async function runCheck(node, args) {
  const results = []
  /** @type {string[]} */
  const failed = []
  for (const { name, script } of gates) {
    console.log(`── ${name}`)
    /** @type {string[]} */
    const said = []
    const keepLine = (/** @type {string} */ line) => said.push(line) > 0
    // A terminal keeps its colours; what is read later wants a red gate's last words again at the end.
    const code = await run(node, script(), process.stdout.isTTY ? { node } : { node, keepLine })
    results.push({ name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 })
    const details = said.filter((line) => line.trim() !== '').slice(-20)
    if (code !== 0)
      failed.push(...failureLines(name, [{ name: '', message: `ended with ${code}`, details }]))
  }
  console.log('── tests')
  const tests = await testAll(node, args)
  for (const result of results) console.log(`${result.name.padEnd(24)} ${lineOf(result)}`)
  for (const line of [...failed, ...tests.failed]) console.log(line)
  const tally = sumOf([...results, tests.tally])
  console.log(lineOf(tally))
  return tally.failed > 0 ? tests.code || 1 : tests.code
}
