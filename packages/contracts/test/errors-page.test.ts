import { readFileSync } from 'node:fs'
import t from 'tap'
import { errorTable } from '../src/index.ts'

interface Entry {
  readonly code: string
  readonly text: string
}

/** The entries of the page: one per heading of the third level, which is the code and nothing else. */
const entriesOf = (page: string): Entry[] =>
  page
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [code = '', ...rest] = part.split('\n')
      return { code, text: rest.join('\n').replace(/^## [\s\S]*/m, '') }
    })

/** What is wrong with the page, as sentences; nothing when page and table agree. */
function faultsOf(page: string): string[] {
  const entries = entriesOf(page)
  const codes = entries.map(({ code }) => code)
  return [
    ...Object.keys(errorTable)
      .filter((code) => !codes.includes(code))
      .map((code) => `${code} is in the table, not on the page`),
    ...codes.filter((code) => !Object.hasOwn(errorTable, code)).map((code) => `${code} is no code`),
    ...codes.filter((code, at) => codes.indexOf(code) !== at).map((code) => `${code} stands twice`),
    ...entries.flatMap(faultsOfEntry)
  ]
}

function faultsOfEntry({ code, text }: Entry): string[] {
  const known = Object.entries(errorTable).find(([name]) => name === code)?.[1]
  if (known === undefined) return []
  const { disposition, status } = known
  const [, facts = '', meaning = ''] = /^\s*(.*)\n\n([\s\S]*?)\n\n\*\*Check:/.exec(text) ?? []
  return [
    ...(facts === `\`${disposition}\` · ${status}`
      ? []
      : [`${code} is ${disposition} · ${status} in the table`]),
    ...(meaning.length > 20 ? [] : [`${code} has no meaning`]),
    ...(/\*\*Check:\*\* \S{2}/.test(text) ? [] : [`${code} does not say what to check`]),
    ...(/\*\*Recovery:\*\* \S{2}/.test(text) ? [] : [`${code} has no recovery`])
  ]
}

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

t.test('the page and the table of errors say the same', async (t) => {
  t.same(faultsOf(page), [])
})

t.test('canary: each way in which they can differ is a fault', async (t) => {
  const without = page.replace(/^### GAP\n[\s\S]*?(?=^## )/m, '')
  t.same(faultsOf(without), ['GAP is in the table, not on the page'])
  t.same(faultsOf(page.replace('### GAP\n', '### CHASM\n')), [
    'GAP is in the table, not on the page',
    'CHASM is no code'
  ])
  const gap = /^### GAP\n[\s\S]*?(?=^## )/m.exec(page)?.[0] ?? ''
  t.same(faultsOf(`${page}\n${gap}`), ['GAP stands twice'])
  const changed = (from: string, to: string) => faultsOf(page.replace(gap, gap.replace(from, to)))
  t.same(changed('`stop` · 409', '`wait` · 409'), ['GAP is stop · 409 in the table'])
  t.same(changed('**Check:**', 'Check:'), [
    'GAP is stop · 409 in the table',
    'GAP has no meaning',
    'GAP does not say what to check'
  ])
  t.same(changed('**Recovery:**', 'Recovery:'), ['GAP has no recovery'])
})
