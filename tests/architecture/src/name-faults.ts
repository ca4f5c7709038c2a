import { posix } from 'node:path'
import { packageOf } from './imports-of.ts'

/** Names that say where a thing lies and not what it is. */
const empty = ['utils', 'util', 'common', 'shared', 'helpers', 'helper', 'types', 'misc', 'base']
const emptyAsPart = [...empty.slice(0, 6), 'misc', 'manager', 'handler']

/** @returns one sentence for each file or folder below a `src` that has a name without content */
export function emptyNames(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const inside = file.split('/src/')[1]
    if (inside === undefined) return []
    return inside
      .split('/')
      .filter(isEmptyName)
      .map((name) => `${file}: ${name} says nothing`)
  })
}

function isEmptyName(name: string): boolean {
  const bare = name.replace(/\.[a-z.]+$/, '')
  // `sync-types.ts` is about sync types; `run-manager.ts` is still about nothing.
  return empty.includes(bare) || bare.split('-').some((word) => emptyAsPart.includes(word))
}

/** @returns one sentence for each `export *` */
export function wholesaleExports(file: string, text: string): readonly string[] {
  return [...text.matchAll(/^\s*export\s+\*/gm)].map(() => `${file}: export * hides what it lists`)
}

/** The declared doors of our packages: `.`, `./netbox`. */
export type Doors = Readonly<Record<string, readonly string[]>>

/** @returns one sentence for each import that goes past a package's declared exports */
export function deepImports(file: string, imports: readonly string[], doors: Doors): string[] {
  return imports.flatMap((specifier) => {
    const name = packageOf(specifier)
    if (!name.startsWith('@proxbox/')) return []
    const door = posix.join('.', specifier.slice(name.length + 1))
    const wanted = door === '.' ? '.' : `./${door}`
    return doors[name]?.includes(wanted) ? [] : [`${file}: ${specifier} is no door of ${name}`]
  })
}
