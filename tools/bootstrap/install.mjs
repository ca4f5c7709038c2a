import { mkdirSync, readFileSync } from 'node:fs'
import { holdLock } from './lock.mjs'
import { Missing } from './missing.mjs'
import { inRoot } from './paths.mjs'
import { run } from './run.mjs'

/**
 * Runs `npm ci` unless node_modules already holds what package-lock.json says.
 * Two commands started at once in a bare clone take turns: `npm ci` empties the folder first.
 */
export async function prepareInstall() {
  if (isInstalled()) return
  mkdirSync(inRoot('.cache'), { recursive: true })
  const release = await holdLock(inRoot('.cache', 'install.lock'))
  try {
    if (isInstalled()) return
    console.error('proxbox: installing packages (once, about half a minute) …')
    // --include: NODE_ENV=production or a user's omit setting must not leave half a toolchain.
    const args = ['ci', '--loglevel=error', '--include=dev', '--include=optional']
    const code = await run('npm', args, { shell: process.platform === 'win32', stdout: 2 })
    if (code !== 0) {
      throw new Missing(
        'npm ci failed; the lines above say why (is a package registry reachable?).'
      )
    }
  } finally {
    release()
  }
}

/** npm writes the hidden lock file last, so a half-done install has none. */
function isInstalled() {
  const present = packagesOf(inRoot('node_modules', '.package-lock.json'))
  const wanted = packagesOf(inRoot('package-lock.json'))
  if (!wanted) throw new Missing('package-lock.json is missing; it belongs to the checkout.')
  return present !== undefined && isSatisfied(wanted, present)
}

/**
 * Version and integrity decide; platform packages of other machines (`optional`) may be absent.
 * @param {Record<string, LockEntry>} wanted `packages` of package-lock.json
 * @param {Record<string, LockEntry>} present `packages` of node_modules/.package-lock.json
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean }} LockEntry
 */
function isSatisfied(wanted, present) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const found = present[path]
    if (!found) return entry.optional === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/** @param {string} file */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch (error) {
    if (error instanceof SyntaxError || error.code === 'ENOENT') return undefined
    throw error
  }
}
