import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Missing } from './missing.mjs'
import { inRoot } from './paths.mjs'
import { run } from './run.mjs'
import { tool } from './tool.mjs'

/**
 * `tap build` once per install and list of plugins: without it the first `tap` run fails.
 * The stamp lies in node_modules, so that an install takes it away with the built plugins.
 * @param {string} node
 */
export async function prepareTap(node) {
  const stamp = inRoot('node_modules', '.tap-built')
  const wanted = createHash('sha256')
    .update(readFileSync(inRoot('.taprc')))
    .digest('hex')
  if (contentOf(stamp) === wanted) return
  const code = await run(node, [tool('tap'), 'build'], { node, stdout: 2 })
  if (code !== 0) throw new Missing('tap build failed; the lines above say why.')
  writeFileSync(stamp, wanted)
}

/** @param {string} file */
function contentOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
