import type { CurrentItem, FieldValue } from '@proxbox/contracts'
import { customDefaults } from '../custom-defaults.ts'
import type { Matching } from '../identity/matching.ts'
import { refIn } from '../identity/natural.ts'
import type { PlanInput } from '../plan-input.ts'

/** What is known of objects, with what hangs on an interface. */
export interface LeavingMatch extends Matching {
  /** Addresses on an interface, by its NetBox key. */
  assignedTo(key: string): readonly CurrentItem[]
  /** What people hung on an object that no table holds, in words, by its NetBox key. */
  readonly attached: ReadonlyMap<string, string>
  /** Does a new object have this in a custom field by itself? */
  isDefault(field: string, value: FieldValue): boolean
}

const nothing: ReadonlyMap<string, string> = new Map()

export function leavingMatch(
  matching: Matching,
  { current, attached = nothing }: Pick<PlanInput, 'current' | 'attached'>
): LeavingMatch {
  let index: Map<string, CurrentItem[]> | undefined
  return {
    ...matching,
    attached,
    isDefault: customDefaults(current),
    assignedTo: (key) => {
      index ??= Map.groupBy(
        current.filter(({ kind }) => kind === 'ip-address'),
        ({ fields }) => refIn(fields, 'assigned_object', (ref) => ref)
      )
      return index.get(key) ?? []
    }
  }
}
