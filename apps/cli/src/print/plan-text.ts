import { approvableGuards, type Change, type FieldValue, type Why } from '@proxbox/contracts'
import { type Names, noNames } from '../client/read-names.ts'
import type { PlanRow } from '../client/read-plan.ts'
import type { Output } from './output.ts'
import { plainText, valueText } from './value-text.ts'

const marks = { create: '+', update: '~', delete: '-' } as const
const paints = { create: 'green', update: 'yellow', delete: 'red' } as const
const fieldsPad = 24

/** Pure: a Change as lines: its object, then each field before → after and why. */
function changeLines(change: Change, color: Output['color'], names: Names): string[] {
  const { action, kind, label, netbox_id: id } = change
  const mark = color[paints[action]](marks[action])
  const place = id === null ? '' : color.dim(` (NetBox id ${id})`)
  const since = sinceText(change)
  const by = change.evidence?.adopted_by
  return [
    `${mark} ${kind} ${color.bold(plainText(label))}${place}${since}`,
    ...(by === undefined ? [] : [color.dim(`    recognised by ${plainText(by)}`)]),
    ...fieldsOf(change).map((field) => fieldLine(change, field, color, names))
  ]
}

/** Pure: a row of a Plan as lines; what has become of it already stands behind its object. */
export function rowLines(
  { change, outcome, detail }: PlanRow,
  color: Output['color'],
  names: Names = noNames
): string[] {
  const [head = '', ...fields] = changeLines(change, color, names)
  const words = plainText(`${outcome}${detail === '' ? '' : `: ${detail}`}`)
  return outcome === 'planned' ? [head, ...fields] : [`${head}  ${color.dim(words)}`, ...fields]
}

/** A deletion tells no field: the object goes as a whole. */
const fieldsOf = ({ action, before, after }: Change): string[] =>
  action === 'delete' ? [] : [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()

function fieldLine(change: Change, field: string, color: Output['color'], names: Names): string {
  const { action, before, after } = change
  const value =
    action === 'create'
      ? valueText(after[field], { names })
      : changedText(before[field], after[field], names)
  const why = change.why[field]
  const reason = why === undefined ? '' : color.dim(`  ${whyText(why)}`)
  return `    ${field.padEnd(fieldsPad)} ${value}${reason}`
}

/** Pure: `old → new`; of a set only what joins and what leaves it, which a long one would hide. */
function changedText(
  before: FieldValue | undefined,
  after: FieldValue | undefined,
  names: Names
): string {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length === 0)
    return `${valueText(before, { names })} → ${valueText(after, { names })}`
  const rest = (list: readonly FieldValue[], other: readonly FieldValue[]) => {
    const known = new Set(other.map((one) => JSON.stringify(one)))
    return list.filter((one) => !known.has(JSON.stringify(one)))
  }
  const signed = (sign: string, list: readonly FieldValue[]) =>
    list.map((one) => `${sign} ${valueText(one, { names })}`)
  return [...signed('+', rest(after, before)), ...signed('−', rest(before, after))].join(', ')
}

/** Pure: `source: drift, from config.memory (decision 12)` */
export function whyText({ policy, reason, source, rule }: Why): string {
  const from = source === undefined ? '' : `, from ${source}`
  return plainText(`${policy}: ${reason}${from}${rule === undefined ? '' : ` (${rule})`}`)
}

const sinceText = ({ missing_since: since }: Change): string =>
  typeof since === 'string' ? ` missing since ${since}` : ''

/** Pure: what was held back, under each Guard, and what a person can do about it. */
export function heldLines(
  held: readonly PlanRow[],
  color: Output['color'],
  names: Names = noNames
): string[] {
  const byGuard = Map.groupBy(held, (row) => row.guard ?? '')
  return [...byGuard].flatMap(([guard, rows]) => [
    '',
    `${color.yellow('Held back')} by ${color.bold(guard)}: ${rows.length} (${endOf(guard)})`,
    ...detailGroups(rows).flatMap(([detail, those]) => [
      color.dim(`  ${plainText(detail)}`),
      ...those.flatMap(({ change }) => heldChange(change, guard, { color, names }))
    ])
  ])
}

/** Pure: what is there and only out of sight would be compared, not made: its fields would say what nobody does. */
function heldChange(
  change: Change,
  guard: string,
  { color, names }: { readonly color: Output['color']; readonly names: Names }
): string[] {
  const lines = changeLines(change, color, names).map((line) => `  ${line}`)
  return guard === 'out-of-sight' ? lines.slice(0, 1) : lines
}

const endOf = (guard: string): string =>
  approvableGuards.includes(guard)
    ? 'approving the Run writes it'
    : 'waits until its cause is gone; approving does not write it'

const detailGroups = (rows: readonly PlanRow[]) => [...Map.groupBy(rows, ({ detail }) => detail)]
