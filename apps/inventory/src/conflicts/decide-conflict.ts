import type { Bus } from '@proxbox/bus'
import { type DecisionRule, ProxboxError } from '@proxbox/contracts'
import { and, type Database, eq, sql } from '@proxbox/database'
import { spellRow } from '../changes/feed-row.ts'
import { tell } from '../changes/tell.ts'
import { conflicts } from '../db/schema.ts'
import { type ConflictRow, findConflict } from './list-conflicts.ts'
import { spellOf } from './stored-conflict.ts'

interface Decision {
  readonly id: number
  readonly decision: string
  readonly user: string
}

/**
 * Decides a conflict: the registry stores the decision as a Rule, which answers the same conflict from the next Run on.
 * Deciding again replaces the Rule.
 *
 * @throws ProxboxError NOT_FOUND, DECISION_UNKNOWN for what the conflict does not offer, CONFLICT when it is gone
 */
export async function decideConflict(
  database: Database,
  bus: Pick<Bus, 'ask'>,
  { id, decision, user }: Decision,
  signal: AbortSignal
): Promise<ConflictRow> {
  const found = await findConflict(database, id)
  const choices = found.decisions.map((one) => one.decision)
  if (!choices.includes(decision))
    throw new ProxboxError('DECISION_UNKNOWN', { decision, choices: choices.join(', ') })
  if (found.state === 'gone')
    throw new ProxboxError('CONFLICT', {
      detail: `Conflict ${id} is gone: both sides agree again, or what it is about is in use no more. There is nothing to decide.`
    })
  const { netbox, key, code } = found
  const field = found.field === '' ? null : found.field
  // A Rule whose conflict is not marked yet does what was decided; a mark without its Rule would not.
  const rule = await bus.ask<DecisionRule>(
    'storeDecision',
    { body: { netbox, key, field, code, decision, user } },
    signal
  )
  return await markDecided(database, found, { decision, rule: rule.id })
}

async function markDecided(
  database: Database,
  { id, runId }: ConflictRow,
  decided: { readonly decision: string; readonly rule: number }
): Promise<ConflictRow> {
  return await database.transaction(async (tx) => {
    const [ended] = await tx
      .select()
      .from(conflicts)
      .where(and(eq(conflicts.id, id), eq(conflicts.state, 'open')))
      .for('update')
    const [row] = await tx
      .update(conflicts)
      .set({ ...decided, state: 'decided', lastUpdated: sql`now()` })
      .where(eq(conflicts.id, id))
      .returning()
    if (row === undefined) throw new ProxboxError('NOT_FOUND', { what: 'conflict', id: `id ${id}` })
    if (ended !== undefined) {
      const { netboxId, proxmoxValue, netboxValue, ...same } = ended
      const named = {
        ...same,
        netbox_id: netboxId,
        proxmox_value: proxmoxValue,
        netbox_value: netboxValue
      }
      const source = { netbox: ended.netbox, run_id: runId }
      await tell(tx, [spellRow(spellOf(named, 'ends'), source)])
    }
    return row
  })
}
