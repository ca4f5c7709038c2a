import { readFileSync } from 'node:fs'
import { inRoot } from './paths.mjs'

/**
 * The script behind a tool of node_modules, to be run by Node itself: no shell, no shebang.
 * @param {string} name the package
 * @param {string} [bin] its command, where it is called otherwise
 * @returns {string} absolute path
 */
export function tool(name, bin = name) {
  const folder = ['node_modules', ...name.split('/')]
  const manifest = JSON.parse(readFileSync(inRoot(...folder, 'package.json'), 'utf8'))
  return inRoot(...folder, typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[bin])
}
