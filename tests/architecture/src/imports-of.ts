// `import x from 'a'`, `export { x } from 'a'`, `import 'a'`, `import('a')`, `require('a')`.
const patterns = [
  /(?:^|[;{}\n])\s*(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"\n]+)['"]/g,
  /(?:^|[;{}\n])\s*import\s*['"]([^'"\n]+)['"]/g,
  /\b(?:import|require)\(\s*['"]([^'"\n]+)['"]/g
]

/**
 * What a source imports, types included, in no particular order. A scan of the text: a specifier
 * that is computed stays unseen.
 */
export function importsOf(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const found = patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((hit) => hit[1] ?? '')
  )
  return [...new Set(found)]
}

/** `@proxbox/simulator/netbox` → `@proxbox/simulator`; `drizzle-orm/pg-core` → `drizzle-orm`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
