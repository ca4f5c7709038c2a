import { Readable } from 'node:stream'
import type { Bus, CallReply } from '@proxbox/bus'
import type { PlanMarkdownPage, Run } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { forwarded, type OwnHandler, type OwnRequest, passOn } from '../api/forward.ts'
import { readRunNames, runsIn, withRunNames } from './run-names.ts'

type Page = Static<typeof PlanMarkdownPage>
type Ask = (after: number | undefined) => Promise<CallReply>

const pageRows = 200
// A million Changes: ten times the largest Plan that is meant to be stored.
const mostPages = 5000

/**
 * The Plan of a Run: a page of JSON is passed on as it is, `format=md` is the whole Plan as one file of Markdown. That is
 * written page by page as fast as the client reads, so a large Plan costs no more memory than a small one. A Plan that
 * changes meanwhile breaks the download off, so that half of it is never taken for the whole.
 */
export const planHandler =
  (bus: Pick<Bus, 'ask' | 'call'>): OwnHandler =>
  async (own) => {
    const query = own.request.query as Record<string, unknown> // fastify's parser gives an object
    const isMarkdown = query.format === 'md'
    const ask: Ask = (after) => {
      const part = { limit: pageRows, ...query, ...(after === undefined ? {} : { after }) }
      return forwarded('readRunPlan', own, bus, isMarkdown ? part : query)
    }
    const first = await ask(undefined)
    if (!isMarkdown || first.status !== 200) return passOn(own.reply, first)
    const { id } = own.request.params as { id: string } // fastify's router gives texts
    const run = await bus.ask<Run>('readRun', { params: { id }, principal: own.principal })
    const isWhole = query.limit === undefined
    return own.reply
      .type('text/markdown; charset=utf-8')
      .header('content-disposition', `attachment; filename="plan-${run.id}.md"`)
      .send(Readable.from(markdownOf(first.body as Page, { ask, isWhole, run, own, bus }))) // the inventory's page
  }

interface Road {
  readonly ask: Ask
  /** False: a person asked for one page by `limit`. */
  readonly isWhole: boolean
  readonly run: Run
  readonly own: OwnRequest
  readonly bus: Pick<Bus, 'call'>
}

async function* markdownOf(first: Page, { ask, isWhole, run, own, bus }: Road) {
  yield `# Plan of Run ${run.id} for ${run.netbox_endpoint.name}\n\n`
  yield `${first.count} to write, ${first.held} held. SHA-256 \`${first.sha256}\`\n`
  let page = first
  for (let pages = 1; pages <= mostPages; pages += 1) {
    const names = await readRunNames(runsIn(page.text), { bus, ...own })
    if (page.text.trim() !== '') yield `\n${withRunNames(page.text, names)}`
    if (page.next === null || !isWhole) return
    const answer = await ask(page.next)
    if (answer.status !== 200)
      throw new Error(`a page of the Plan of Run ${run.id} was answered with ${answer.status}`)
    page = answer.body as Page // as the first one
    if (page.sha256 !== first.sha256) throw new Error(`the Plan of Run ${run.id} was replaced`)
  }
  throw new Error(`the Plan of Run ${run.id} has more than ${mostPages} pages`)
}
