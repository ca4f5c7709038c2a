import type { Explanation, ItemExplanation } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { type Names, noNames } from '../client/read-names.ts'
import type { Output } from './output.ts'
import { whyText } from './plan-text.ts'
import { plainText, type ValueLook, valueText } from './value-text.ts'

type Item = Static<typeof ItemExplanation>
type Field = Static<typeof Explanation>
type Color = Output['color']

/** Pure: an Item as lines: what it is, how it was recognised, what waits on it, then each field and why it is so. */
export function explainLines(item: Item, color: Color, names: Names = noNames): string[] {
  const look = { longest: 100, names }
  return [
    ...itemLines(item, color),
    ...item.fields.flatMap((field) => fieldLines(field, color, look))
  ]
}

function itemLines(item: Item, color: Color): string[] {
  const { key, kind, label, netbox, netbox_id: id, origin, evidence } = item
  const name = item.netbox_endpoint ?? netbox
  const place = id === null ? `not in NetBox ${name}` : `${origin}, NetBox ${name}, id ${id}`
  const facts = Object.entries(evidence).map(([name, value]) => `${name} ${plainText(value)}`)
  return [
    `${kind} ${color.bold(plainText(label))}  ${color.dim(plainText(key))}`,
    `  ${place}`,
    ...(facts.length === 0 ? [] : [`  recognised by ${facts.join(', ')}`]),
    ...(item.missing_since === null
      ? []
      : [color.yellow(`  stale: missing in Proxmox since ${item.missing_since}`)]),
    ...waitingLines(item, color),
    ...quarantineLines(item, color),
    ...item.conflicts.map((conflict) =>
      color.yellow(`  conflict ${conflict}: proxbox conflicts show ${conflict}`)
    )
  ]
}

function waitingLines({ waits }: Item, color: Color): string[] {
  if (waits === undefined || waits === null) return []
  const { since, until } = waits
  return [color.yellow(`  waits: seen since ${since}, written by no Run before ${until}`)]
}

function quarantineLines({ quarantine }: Item, color: Color): string[] {
  if (quarantine === null) return []
  const { failures, detail, retry_at: retryAt } = quarantine
  return [
    color.red(
      `  quarantined: NetBox refused it ${failures === 1 ? 'once' : `${failures} times`}: ${plainText(detail)}`
    ),
    `  tried again after ${retryAt}, or at once after "proxbox quarantine release"`
  ]
}

function fieldLines(field: Field, color: Color, look: ValueLook): string[] {
  const { written, kept, held, planned, source } = field
  const known = field.value === undefined ? color.dim('never ours') : valueText(field.value, look)
  // What NetBox has instead is read by the next Run, and stored nowhere.
  const value =
    kept === null || field.value === undefined ? known : `${known}  ${color.dim('(as last known)')}`
  return [
    '',
    `${color.bold(field.field.padEnd(20))} ${value}`,
    ...([written, kept, held, planned].every((one) => one === null)
      ? [`    ${plainText(field.text)}`]
      : []),
    ...(source === null || written?.source === source ? [] : [`    from     ${plainText(source)}`]),
    ...(written === null
      ? []
      : [`    written  ${written.at} by ${runText(written)}: ${whyText(written)}`]),
    ...(kept === null
      ? []
      : [
          `    kept     NetBox is left as it is; Proxmox says ${valueText(kept.wanted, look)}: ${whyText(kept)}`
        ]),
    ...(held === null
      ? []
      : [`    held     by ${held.guard} in ${runText(held)}: ${plainText(held.reason)}`]),
    ...(planned === null
      ? []
      : [
          `    planned  ${planned.wanted === undefined ? 'the object goes' : valueText(planned.wanted, look)}, in the Plan of ${runText(planned)}; nothing has written it since`
        ])
  ]
}

/** Pure: a Run by its number; by its UUID where it has none any more. */
const runText = ({ run, run_id: id }: { readonly run?: number | null; readonly run_id: string }) =>
  run === null ? `Run ${id} (not kept any more, or not yours to see)` : `Run ${run ?? id}`
