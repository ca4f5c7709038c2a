import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'

// Two files of at most about this size per child are kept; looked at when the child starts.
const rotateBytes = 10 * 1024 * 1024
const tailBytes = 8 * 1024

/**
 * Opens a child's log for appending (mode 0600); a log over 10 MiB is first renamed to `{path}.1`.
 *
 * @returns the file descriptor; the caller closes it once the child has it.
 */
export function openLogFile(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > rotateBytes) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

/** The size of a log in bytes, 0 when there is none: where the lines of the next start begin. */
export function readLogSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The last lines (at most `lines`, from the last 8 KiB) written to a log after byte `from`; '' when there are none. */
export function readLogTail(path: string, from = 0, lines = 15): string {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return ''
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    // A log that was rotated in between is shorter than `from`.
    const start = Math.max(from > size ? 0 : from, size - tailBytes)
    const buffer = Buffer.alloc(size - start)
    const read = readSync(file, buffer, 0, buffer.length, start)
    return buffer.toString('utf8', 0, read).trimEnd().split('\n').slice(-lines).join('\n')
  } finally {
    closeSync(file)
  }
}
