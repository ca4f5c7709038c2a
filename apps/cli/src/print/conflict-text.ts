import type { StoredConflict } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { type Names, noNames } from '../client/read-names.ts'
import type { Output } from './output.ts'
import { plainText, valueText } from './value-text.ts'

export type ConflictRow = Static<typeof StoredConflict>

/** Pure: `vm web01, name` */
export const conflictPlace = ({ kind, label, field }: ConflictRow): string =>
  plainText(`${kind} ${label}${field === null ? '' : `, ${field}`}`)

/** Pure: an open conflict as two lines: what it is about and where it is decided. */
export const conflictLines = (conflict: ConflictRow, color: Output['color']): string[] => [
  `${color.yellow('!')} ${conflictPlace(conflict)}: ${plainText(conflict.detail)}`,
  color.dim(
    `    proxbox conflicts decide ${conflict.id} ${conflict.decisions.map(({ decision }) => decision).join('|')}`
  )
]

/** Pure: open conflicts as a section of Markdown, or nothing. */
export const conflictsMarkdown = (conflicts: readonly ConflictRow[]): string =>
  conflicts.length === 0
    ? ''
    : `## Conflicts that wait for a decision\n\n${conflicts.map(markdownLine).join('')}`

const markdownLine = (conflict: ConflictRow): string =>
  `- conflict ${conflict.id}: ${markupless(conflictPlace(conflict))}: ${markupless(plainText(conflict.detail))}\n`

/** Names are typed by people: nothing in them is markup. */
const markupless = (text: string): string => text.replace(/[\\`*_[\]<>|#~]/g, '\\$&')

/** Pure: both sides and each possible decision with what it does. */
export function conflictPage(
  conflict: ConflictRow,
  color: Output['color'],
  names: Names = noNames
): string[] {
  const look = { longest: 200, names }
  const { id, code, state, decisions, decision, rule, kind, netbox_id: netboxId } = conflict
  const widest = Math.max(...decisions.map((one) => one.decision.length))
  return [
    `Conflict ${id} (${code}) is ${state}: ${color.bold(conflictPlace(conflict))}`,
    plainText(conflict.detail),
    `  Proxmox  ${valueText(conflict.proxmox, look)}`,
    `  NetBox   ${valueText(conflict.netbox, look)}`,
    // Of a clash it is the other object: its number would be wrong beside the value of ours.
    ...(netboxId === null ? [] : [`  look at  ${kind} ${netboxId} in NetBox`]),
    ...(decision === null
      ? []
      : [`Decided: ${decision}${rule === null ? '' : ` (Rule ${rule})`}.`]),
    ...(decisions.length === 0 || state === 'gone'
      ? []
      : [decision === null ? 'Decide it:' : 'Decide it again:']),
    ...(state === 'gone'
      ? []
      : decisions.map(
          (one) =>
            `  proxbox conflicts decide ${id} ${one.decision.padEnd(widest)}  ${color.dim(plainText(one.does))}`
        ))
  ]
}
