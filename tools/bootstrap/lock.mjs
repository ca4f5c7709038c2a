import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Missing } from './missing.mjs'

// A cold npm ci takes 15–34 s; ten minutes is a slow line, not a reason to wait for ever.
const patienceMs = 600_000
const pollMs = 200

/**
 * Holds a lock file for this process; a lock whose owner is gone is taken over.
 * @param {string} file the lock file, in an existing folder
 * @returns {Promise<() => void>} releases it
 */
export async function holdLock(file) {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
    if (take(file)) return () => rmSync(file, { force: true })
    if (isOwnerGone(file)) rmSync(file, { force: true })
    else await pause(pollMs)
  }
  throw new Missing(`${file} is held by another command that does not end; remove it if none runs.`)
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** @param {string} file */
function isOwnerGone(file) {
  try {
    process.kill(Number.parseInt(readFileSync(file, 'utf8'), 10), 0)
    return false
  } catch (error) {
    // ESRCH: no such process. A lock without a number yet is being written: not gone.
    return error.code === 'ESRCH'
  }
}
