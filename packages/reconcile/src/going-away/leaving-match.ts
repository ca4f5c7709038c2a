import type { CurrentItem } from '@proxbox/contracts'
import type { Matching } from '../match.ts'
import { refIn } from '../natural.ts'

/** What is known of objects, with what hangs on an interface. */
export interface LeavingMatch extends Matching {
  /** Addresses on an interface, by its NetBox key. */
  assignedTo(key: string): readonly CurrentItem[]
}

export function leavingMatch(matching: Matching, current: readonly CurrentItem[]): LeavingMatch {
  let index: Map<string, CurrentItem[]> | undefined
  return {
    ...matching,
    assignedTo: (key) => {
      index ??= Map.groupBy(
        current.filter(({ kind }) => kind === 'ip-address'),
        ({ fields }) => refIn(fields, 'assigned_object', (ref) => ref)
      )
      return index.get(key) ?? []
    }
  }
}
