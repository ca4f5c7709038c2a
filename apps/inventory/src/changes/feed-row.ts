import type { Writer } from '../db/fence.ts'
import type { OutcomeRow } from './outcome-row.ts'

const actions = { create: 'created', update: 'updated', delete: 'deleted' } as const
// The stream takes 256 KiB a message, headers included.
const maxPayloadBytes = 240 * 1024

type Source = Pick<Writer, 'netbox' | 'run_id'>

/** Pure: one written Item for the change feed. Values that a message cannot hold are null: the Run's Changes have them. */
export function feedRow(row: OutcomeRow, { netbox, run_id }: Source) {
  const action = actions[row.action]
  const payload = fitting({
    key: row.key,
    kind: row.kind,
    action,
    netbox,
    netbox_id: row.netbox_id,
    run_id,
    before: row.before,
    after: row.after,
    label: row.label
  })
  return { channel: 'changes', parameters: { kind: row.kind, action }, payload }
}

/** What begins and ends: an Item is held, quarantined, or in a conflict. */
export interface Spell {
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly netbox_id: number | null
  readonly action: 'held' | 'quarantined' | 'conflicted'
  readonly state: 'begins' | 'ends'
  readonly before?: unknown
  readonly after?: unknown
  /** Tells spells of one Item apart: the field and the code of a conflict. */
  readonly of?: string
}

/** Pure: the begin or end of a spell for the change feed. Its message id says Run, key and action: told twice, it is stored once. */
export function spellRow({ of, before = null, after = null, ...spell }: Spell, source: Source) {
  const payload = fitting({
    ...spell,
    netbox: source.netbox,
    run_id: source.run_id,
    before,
    after
  })
  const named = [source.run_id, encodeURIComponent(spell.key), spell.action, of, spell.state]
  return {
    channel: 'changes',
    parameters: { kind: spell.kind, action: spell.action },
    payload,
    messageId: named.filter((part) => part !== undefined).join(':')
  }
}

/** Pure: the payload, without its values where a message cannot hold them. */
const fitting = <Payload extends { before: unknown; after: unknown }>(whole: Payload) =>
  Buffer.byteLength(JSON.stringify(whole)) > maxPayloadBytes
    ? { ...whole, before: null, after: null }
    : whole
