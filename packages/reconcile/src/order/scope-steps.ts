import { type Change, isRef, type PlanStep } from '@proxbox/contracts'

/**
 * Pure: keys of clusters that go to another site together with devices. NetBox takes a cluster only where its hosts are, and
 * a host only where its cluster is: the cluster lies nowhere in between.
 */
export function movingClusters(changes: readonly Change[]): ReadonlySet<string> {
  const isMoved = ({ kind, action, after }: Change) =>
    kind === 'device' && action === 'update' && 'site' in after
  if (!changes.some(isMoved)) return new Set()
  return new Set(
    changes.flatMap(({ key, kind, action, before, after }) =>
      kind === 'cluster' && action === 'update' && isRef(before.scope) && isRef(after.scope)
        ? [key]
        : []
    )
  )
}

/** Where a moving cluster lies in between. */
export const nowhere = { scope: null } as const

/** Pure: the step that puts moving clusters where their devices are by then. */
export const arrivingSteps = (moving: ReadonlySet<string>): PlanStep[] =>
  moving.size === 0
    ? []
    : [
        {
          kind: 'cluster',
          action: 'update',
          entries: [...moving].sort().map((key) => ({ key, fields: ['scope'], before: nowhere }))
        }
      ]
