/** @typedef {{ name: string, message: string, details: string[] }} Failure name: file and tests, from the outside in */

// What tells nothing new is cut: characters of a message, lines of a diff.
const mostOfMessage = 4000
const mostOfDiff = 30

/**
 * What failed in raw TAP as tap 21 writes it. A test that failed only because something in it did is not told again; one
 * that ended otherwise (a timeout, an exit) is.
 * @param {string} text
 * @returns {Failure[]}
 */
export function failuresIn(text) {
  const lines = text.split('\n')
  /** @type {{ name: string, failed: boolean }[]} open tests, by depth */
  const open = []
  /** @type {Failure[]} */
  const failures = []
  for (const [index, line] of lines.entries()) {
    const depth = Math.floor((line.length - line.trimStart().length) / 4)
    const started = line.match(/^ *# Subtest: (.*)$/)
    if (started)
      open.splice(depth, Number.POSITIVE_INFINITY, {
        name: plain(started[1] ?? ''),
        failed: false
      })
    const message = notOk(line)
    if (message === undefined) continue
    const own = open[depth]
    const isTold = own?.name === message && own.failed
    for (const outer of open.slice(0, depth)) outer.failed = true
    if (own?.name === message) own.failed = true
    if (isTold) continue
    const name = open.slice(0, depth).map((one) => one.name)
    failures.push({ name: name.join(' › '), message, details: detailsIn(lines, index) })
  }
  return failures
}

/** @param {string} line @returns {string | undefined} what failed; of what is to do or skipped nothing */
function notOk(line) {
  const [, said = ''] = line.match(/^ *not ok \d+(?: - (.*))?$/) ?? []
  if (!/^ *not ok \d+/.test(line) || / # (todo|skip)\b/i.test(said)) return undefined
  return plain(said.replace(/ # time=[\d.]+ms$/, '').replace(/ \{$/, ''))
}

/** @param {string} text as TAP escapes it */
const plain = (text) => text.replaceAll('\\#', '#').replaceAll('\\\\', '\\')

/**
 * Of the diagnostics below a line: where it was, how it ended, what differs.
 * @param {string[]} lines @param {number} index
 * @returns {string[]}
 */
function detailsIn(lines, index) {
  const [indent] = lines[index + 1]?.match(/^ *(?=---$)/) ?? []
  if (indent === undefined) return []
  const end = lines.indexOf(`${indent}...`, index)
  const inner = lines.slice(index + 2, end).map((line) => line.slice(indent.length))
  const value = (/** @type {string} */ name) =>
    inner.find((line) => line.trimStart().startsWith(`${name}: `))?.replace(/^ *\w+: /, '')
  const place = [value('fileName'), value('lineNumber')].filter((one) => one !== undefined)
  const ends = ['exitCode', 'signal', 'expired'].flatMap((name) => {
    const one = value(name)
    return one === undefined || one === 'null' ? [] : [`${name}: ${one}`]
  })
  return [...(place.length === 0 ? [] : [`at ${place.join(':')}`]), ...ends, ...diffIn(inner)]
}

/** @param {string[]} diagnostics @returns {string[]} */
function diffIn(diagnostics) {
  const at = diagnostics.indexOf('diff: |')
  if (at < 0) return []
  const block = diagnostics.slice(at + 1)
  const end = block.findIndex((line) => !line.startsWith('  '))
  return block.slice(0, end < 0 ? mostOfDiff : Math.min(end, mostOfDiff))
}

/**
 * The lines that .ci/run repeats at its end: each begins with `failed> `.
 * @param {string} place a workspace, or a gate @param {Failure[]} failures
 */
export function failureLines(place, failures) {
  return failures
    .flatMap(({ name, message, details }) => [
      [place, name].filter((one) => one !== '').join(' › '),
      ...shortened(message)
        .split('\n')
        .concat(details)
        .map((line) => `  ${line}`)
    ])
    .map((line) => `failed> ${line}`)
}

/** The end of a message is kept: there a law says how to see it again. @param {string} text */
function shortened(text) {
  if (text.length <= mostOfMessage) return text
  return `${text.slice(0, mostOfMessage - 1000)} … ${text.slice(-1000)}`
}
