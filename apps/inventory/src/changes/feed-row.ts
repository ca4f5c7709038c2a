import type { Writer } from '../db/fence.ts'
import type { Row } from './outcomes.ts'

const actions = { create: 'created', update: 'updated', delete: 'deleted' } as const
// The stream takes 256 KiB a message, headers included.
const maxPayloadBytes = 240 * 1024

/** Pure: one written Item for the change feed. Values that a message cannot hold are null: the Run's Changes have them. */
export function feedRow(row: Row, { netbox, run_id }: Writer) {
  const action = actions[row.action]
  const whole = {
    key: row.key,
    kind: row.kind,
    action,
    netbox,
    netbox_id: row.netbox_id,
    run_id,
    before: row.before,
    after: row.after,
    label: row.label
  }
  const isTooLarge = Buffer.byteLength(JSON.stringify(whole)) > maxPayloadBytes
  const payload = isTooLarge ? { ...whole, before: null, after: null } : whole
  return { channel: 'changes', parameters: { kind: row.kind, action }, payload }
}
