import type { changeFrom } from '../changes/change-row.ts'
import { valueText } from '../explain/value-text.ts'

interface Page {
  readonly results: readonly {
    readonly change: ReturnType<typeof changeFrom>
    readonly outcome: string
    readonly guard: string | null
    readonly detail: string
  }[]
}

/** Pure: one page of a Plan for people: a heading and a table per object. The file's head names the Run as people do. */
export const planMarkdown = (page: Page): string => `${page.results.map(objectText).join('\n\n')}\n`

function objectText({ change, outcome, guard, detail }: Page['results'][number]): string {
  const { action, kind, label, key } = change
  const { adopted_by: by } = change.evidence
  const found = by === undefined ? [] : [plain(`Recognised by ${by}.`)]
  const state = outcome === 'planned' ? [] : [stateText({ outcome, guard, detail })]
  const names = [...new Set([change.before, change.after].flatMap(Object.keys))].sort()
  const rows = names.map((name) => {
    const why = whyText(change.why[name])
    return `| ${[name, cell(change.before, name), cell(change.after, name), why].map(plain).join(' | ')} |`
  })
  const table = ['| field | before | after | why |', '| --- | --- | --- | --- |', ...rows].join(
    '\n'
  )
  return [`## ${action} ${kind} ${plain(label)}`, `\`${key}\``, ...found, ...state, table].join(
    '\n\n'
  )
}

const stateText = ({ outcome, guard, detail }: Omit<Page['results'][number], 'change'>): string =>
  plain(
    `**${outcome}${guard === null ? '' : ` by ${guard}`}**${detail === '' ? '' : `: ${detail}`}`
  )

const cell = (fields: Record<string, unknown>, name: string): string =>
  Object.hasOwn(fields, name) ? valueText(fields[name]) : ''

/** Pure: the reason, its policy, and where the value comes from. */
function whyText(why: unknown): string {
  if (typeof why !== 'object' || why === null) return ''
  const { reason, policy, source, rule } = why as Partial<Record<string, string>> // a stored Why
  const more = [policy, source, rule].filter((text) => text !== undefined)
  return `${reason ?? ''} (${more.join(', ')})`
}

/** Pure: text that stays within its cell. */
const plain = (text: string): string =>
  text.replace(/[\\|`<]/g, '\\$&').replace(/\s*[\r\n]+\s*/g, ' ')
