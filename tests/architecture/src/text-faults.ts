// Put together here, so that this file does not hold what it looks for.
const marks = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK']
const markPattern = new RegExp(`\\b(${marks.join('|')})\\b`)

/** Home folders and the like; `~`, `/tmp` and `/var/lib` mean the same on every machine. */
const machinePath = /(?:^|[\s"'`(=:])(\/(?:root|work|home|Users)\/[\w.-]+|[A-Z]:\\Users\\)/

const hostPattern = /https?:\/\/([a-z0-9.-]*(?:registry|mirror|artifactory|nexus)[a-z0-9.-]*)/g

/** Names that RFC 2606 and RFC 6761 reserve for examples and tests. */
const reserved = /(^|\.)(example|test|invalid|localhost|example\.(com|org|net))$/

/**
 * Holds a tracked text against what no file may carry to another machine or leave behind.
 * @param file a path below the root, for the sentence
 */
export function textFaults(file: string, text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const at = `${file}:${index + 1}`
    const mark = markPattern.exec(line)
    const path = machinePath.exec(line)
    const hosts = [...line.matchAll(hostPattern)].map((hit) => hit[1] ?? '')
    return [
      ...(mark ? [`${at}: ${mark[1]}`] : []),
      ...(path ? [`${at}: a path of one machine, ${path[1]}`] : []),
      ...hosts.filter((host) => !reserved.test(host)).map((host) => `${at}: host ${host}`)
    ]
  })
}
