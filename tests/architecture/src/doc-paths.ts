import { posix } from 'node:path'

const folders = ['apps', 'packages', 'tests', 'tools', 'docs', 'docker', '.ci']
const rootFile =
  /^(README|CHANGELOG|LICENSE|[a-z.]+\.(json|yml|yaml)|\.(taprc|npmrc|gitignore))(\.md)?$/

/**
 * The files of the repository that a page names: in back-ticks below one of our folders or at the
 * root, and the targets of its relative links. Patterns (`<name>`, `*`, `{a,b}`) are not files.
 * @param page a path below the root
 * @returns paths below the root
 */
export function pathsNamedIn(page: string, text: string): readonly string[] {
  const prose = text.replace(/^ *(```|~~~)[\s\S]*?^ *\1/gm, '')
  const ticked = [...prose.matchAll(/`([^`\s]+)`/g)].map((hit) => withoutLine(hit[1] ?? ''))
  const linked = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((hit) => (hit[1] ?? '').replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^([a-z]+:|\/)/.test(target))
    .map((target) => posix.join(posix.dirname(page), target))
  return [...ticked.filter(isRepositoryPath), ...linked]
}

/** `apps/cli/src/main.ts:12` names the file. */
const withoutLine = (token: string) => token.replace(/:\d+(-\d+)?$/, '')

function isRepositoryPath(token: string): boolean {
  if (/[<>*{}$…]/.test(token) || token.includes('...')) return false
  const [first = '', ...rest] = token.split('/')
  return rest.length > 0 ? folders.includes(first) : rootFile.test(token)
}
