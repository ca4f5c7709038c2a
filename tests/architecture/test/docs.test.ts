import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { repositoryFiles, root, textOf } from '../src/checkout.ts'
import { pathsNamedIn } from '../src/doc-paths.ts'

const pages = repositoryFiles().filter((file) => /^(docs\/.*|README|CHANGELOG)\.md$/.test(file))

t.test('every file that a page names is there', async (t) => {
  const missing = pages.flatMap((page) =>
    pathsNamedIn(page, textOf(page))
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${page}: ${path}`)
  )
  t.same(missing, [])
})

t.test('each howto names the files that it touches', async (t) => {
  const howtos = pages.filter((page) => page.startsWith('docs/howto/'))
  // A field, a kind, a sync type, a setting, a Run to debug.
  t.ok(howtos.length >= 5, howtos.join(', '))
  for (const page of howtos) t.ok(pathsNamedIn(page, textOf(page)).length > 1, page)
})

t.test('canary: back-ticked paths and relative links are read, patterns are not', async (t) => {
  const text = `Edit \`packages/contracts/src/kinds.ts:12\` and \`turbo.json\`, see [why](../adr/1.md#a).
Not \`apps/<name>/src\`, \`packages/*/src\`, \`application/json\`, \`NATS_URL\`, [x](https://x.example).
\`\`\`sh
cat \`apps/none\`
\`\`\``
  t.same(pathsNamedIn('docs/howto/a.md', text), [
    'packages/contracts/src/kinds.ts',
    'turbo.json',
    'docs/adr/1.md'
  ])
})
