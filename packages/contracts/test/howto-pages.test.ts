import { readFileSync } from 'node:fs'
import t from 'tap'
import { approvableGuards, conflictCodes } from '../src/index.ts'

const howto = (name: string): string =>
  readFileSync(new URL(`../../../docs/howto/${name}.md`, import.meta.url), 'utf8')
const unnamed = (page: string, words: readonly string[]): string[] =>
  words.filter((word) => !page.includes(`\`${word}\``))

t.test('every Guard that a person can overrule is where Plans are reviewed', async (t) => {
  const page = howto('review-a-plan')
  t.same(unnamed(page, approvableGuards), [])
  t.same(unnamed(page.replaceAll('budget', ''), approvableGuards), ['budget'], 'canary')
})

t.test('every code of a conflict is where conflicts are decided', async (t) => {
  t.same(unnamed(howto('decide-a-conflict'), conflictCodes), [])
})
