import { apiPrefix, type Run } from '@proxbox/contracts'
import type { RunRow } from '../db/schema.ts'
import type { WaitingFor } from './read-runs.ts'

/** Pure: a choice as NetBox reads it out. */
const choice = <T extends string>(value: T): { value: T; label: string } => {
  const words = value.replaceAll('_', ' ')
  return { value, label: words.charAt(0).toUpperCase() + words.slice(1) }
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null

/** What a row does not say of itself. */
export interface Around {
  readonly waiting: WaitingFor | undefined
  /** Numbers of Runs that are here, of those that the row names. */
  readonly kept: ReadonlySet<number>
}

/** Pure: the Runs that this one names. */
export const namedBy = ({ parent, appliedBy }: RunRow): number[] =>
  [parent, appliedBy].flatMap((id) => id ?? [])

/** Pure: a Run as clients read it. */
export function runReply(row: RunRow, baseUrl: string, { waiting, kept }: Around): Run {
  return {
    id: row.id,
    run_id: row.runId,
    url: `${baseUrl}${apiPrefix}/runs/${row.id}/`,
    display_url: `${baseUrl}/plugins/proxbox/runs/${row.id}/`,
    display: `Run ${row.id}: ${row.name}`,
    name: row.name,
    group: row.group,
    parent: row.parent,
    origin: row.origin,
    sync_types: row.syncTypes,
    scope: row.scope,
    options: row.options,
    mode: choice(row.mode),
    state: choice(row.state),
    netbox_endpoint: {
      id: row.netboxEndpointId,
      url: `${baseUrl}${apiPrefix}/netbox-endpoints/${row.netboxEndpointId}/`,
      display: row.netboxName,
      name: row.netboxName
    },
    fastapi_endpoint: row.fastapiEndpointId,
    attempt: row.attempt,
    counts: row.counts,
    gaps: row.gaps,
    held: row.held,
    plan: row.plan,
    applied_by: row.appliedBy,
    not_kept: namedBy(row).filter((id) => !kept.has(id)),
    errors: row.errors,
    errors_total: row.errorsTotal,
    error: row.error ?? row.lastError,
    user: row.user,
    timeout: row.timeoutSeconds,
    created: row.created.toISOString(),
    started: iso(row.started),
    ended: iso(row.ended),
    waiting_for: waiting ?? null,
    last_frame_at: iso(row.lastFrameAt),
    last_updated: row.lastUpdated.toISOString()
  }
}
