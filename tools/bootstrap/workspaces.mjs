import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { inRoot } from './paths.mjs'

/** @typedef {{ name: string, folder: string }} Workspace folder: below the checkout, with `/` */

/** @returns {Workspace[]} all workspaces, by folder */
function workspaces() {
  return ['apps', 'packages', 'tests'].flatMap((parent) =>
    foldersOf(inRoot(parent))
      .map((child) => `${parent}/${child}`)
      .filter((folder) => existsSync(inRoot(folder, 'package.json')))
      .map((folder) => ({ folder, name: manifestOf(folder).name }))
  )
}

/**
 * The workspaces that `npm test` runs, and those that have no tests yet. Measurements (tests/load)
 * are neither: `npm run bench` runs them.
 * @returns {{ tested: Workspace[], untested: Workspace[] }}
 */
export function sortedByTests() {
  const all = workspaces().filter(({ folder }) => folder !== 'tests/load')
  return {
    tested: all.filter(({ folder }) => hasTests(folder)),
    untested: all.filter(({ folder }) => !hasTests(folder))
  }
}

/** @param {string} folder */
const manifestOf = (folder) => JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'))

/** @param {string} folder */
function hasTests(folder) {
  const tests = inRoot(folder, 'test')
  if (!existsSync(tests)) return false
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  return files.some((file) => file.endsWith('.test.ts'))
}

/** @param {string} folder */
function foldersOf(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}
