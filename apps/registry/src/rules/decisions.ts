import type { DecisionRule } from '@proxbox/contracts'
import { and, asc, type Database, eq, gt, sql, type Transaction } from '@proxbox/database'
import { clusterEndpoints, rules } from '../db/schema.ts'

type Row = typeof rules.$inferSelect
export type NewDecision = Omit<DecisionRule, 'id' | 'created'> & { readonly netbox: string }

const ruleOf = (row: Row): DecisionRule => ({
  id: row.id,
  key: row.key,
  field: row.field === '' ? null : row.field,
  code: row.code,
  decision: row.decision,
  user: row.user,
  created: row.created.toISOString()
})

/** Stores how a conflict was decided; a later decision of the same conflict takes the place and the id of an earlier one. */
export async function storeDecision(
  database: Database,
  { netbox, key, field, code, decision, user }: NewDecision
): Promise<DecisionRule> {
  const decided = { decision, user, created: sql`now()` }
  const [row] = await database.orm
    .insert(rules)
    .values({ type: 'decision', netbox, key, field: field ?? '', code, ...decided })
    .onConflictDoUpdate({
      target: [rules.netbox, rules.key, rules.field, rules.code],
      set: decided
    })
    .returning()
  if (row === undefined) throw new Error('a decision was not stored')
  return ruleOf(row)
}

/**
 * What was decided about a contradiction since this Endpoint last showed what it should (`fitted`): a decision that was
 * carried out, or whose contradiction has ended by itself, answers nothing any more. With `leftAt`: since the Endpoint left
 * the cluster in question. By the clock of the database alone.
 */
export async function pendingDecision(
  tx: Transaction,
  asked: Pick<NewDecision, 'netbox' | 'key' | 'code'> & { readonly endpointId: number },
  since: 'fitted' | 'leftAt' = 'fitted'
): Promise<string | undefined> {
  const { netbox, key, code, endpointId } = asked
  const [row] = await tx
    .select({ decision: rules.decision })
    .from(rules)
    .innerJoin(clusterEndpoints, eq(clusterEndpoints.proxmoxEndpointId, endpointId))
    .where(
      and(
        eq(rules.type, 'decision'),
        eq(rules.netbox, netbox),
        eq(rules.key, key),
        eq(rules.field, ''),
        eq(rules.code, code),
        gt(rules.created, clusterEndpoints[since])
      )
    )
  return row?.decision
}

/** All decisions about one NetBox, oldest Rule first; people make them, so they are few. */
export async function readDecisions(
  database: Database,
  netbox: string
): Promise<{ results: DecisionRule[] }> {
  const rows = await database.orm
    .select()
    .from(rules)
    .where(and(eq(rules.type, 'decision'), eq(rules.netbox, netbox)))
    .orderBy(asc(rules.id))
  return { results: rows.map(ruleOf) }
}
